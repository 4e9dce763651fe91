#!/usr/bin/env bash
# Installs the Debian packages that Tidemill needs and that are not there yet.
#
#   .ci/install_dependencies.sh GROUP...
#
#   build    compilers, build tools and libraries of the broker
#   test     what the tests need on top
#   example  the stock clients of the quick start
#   lint     clang, clang-format, clang-tidy, the fuzzer's run-time
#
# Works as root or through sudo. Does nothing, and needs no network, when all is there.
set -euo pipefail

# "a|b": the first of them that this Debian release has.
build=(g++ cmake ninja-build ccache pkg-config python3
       "libboost1.81-dev|libboost-dev" "libboost-json1.81-dev|libboost-json-dev" libtomlplusplus-dev
       libspdlog-dev libfmt-dev libcli11-dev prometheus-cpp-dev zlib1g-dev)
test=(libgtest-dev libgmock-dev libbenchmark-dev liblz4-dev libzstd-dev libsnappy-dev kafkacat\|kcat
      librdkafka-dev python3-venv procps)
example=("kcat|kafkacat" python3 python3-venv zstd procps)
lint=(clang-19 clang-format-19 clang-tidy-19 libclang-rt-19-dev llvm-19)

usage() {
    sed -n '2,11s/^# \{0,1\}//p' "$0"
    exit "$1"
}
[[ $# -gt 0 ]] || usage 2

wanted=()
for group in "$@"; do
    case $group in
        build) wanted+=("${build[@]}") ;;
        test) wanted+=("${test[@]}") ;;
        example) wanted+=("${example[@]}") ;;
        lint) wanted+=("${lint[@]}") ;;
        -h | --help) usage 0 ;;
        *) echo "install_dependencies.sh: unknown group '$group', expected build, test, example or lint" >&2; exit 2 ;;
    esac
done

is_installed() { [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

# The alternatives of each package that is missing, so that apt is asked only about those.
missing=()
for alternatives in "${wanted[@]}"; do
    found=
    IFS='|' read -ra names <<<"$alternatives"
    for name in "${names[@]}"; do
        if is_installed "$name"; then found=1; fi
    done
    # Debian's plain libboost-dev of an older release does not do: only the first name counts there.
    [[ -n $found ]] || missing+=("$alternatives")
done
[[ ${#missing[@]} -gt 0 ]] || exit 0

as_root=()
if [[ $(id -u) != 0 ]]; then
    command -v sudo >/dev/null || {
        echo "install_dependencies.sh: missing: ${missing[*]}; run as root, or install sudo" >&2
        exit 1
    }
    as_root=(sudo)
fi
export DEBIAN_FRONTEND=noninteractive
echo "installing ${missing[*]}" >&2
"${as_root[@]}" apt-get update -qq

chosen=()
for alternatives in "${missing[@]}"; do
    IFS='|' read -ra names <<<"$alternatives"
    pick=
    for name in "${names[@]}"; do
        if [[ -z $pick ]] && apt-cache show "$name" >/dev/null 2>&1; then pick=$name; fi
    done
    [[ -n $pick ]] || { echo "install_dependencies.sh: no package of ${names[*]} in this release" >&2; exit 1; }
    chosen+=("$pick")
done
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${chosen[@]}" >/dev/null
