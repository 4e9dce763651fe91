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
# Else what is interrupted would count as failed, and be gone on from.
trap 'echo "install_dependencies.sh: interrupted" >&2; exit 130' INT

# "a|b": the first of them that this Debian release has; "a>=1" counts from version 1 on.
build=(g++ cmake make ninja-build ccache pkg-config python3
       "libboost1.81-dev|libboost-dev>=1.81" "libboost-json1.81-dev|libboost-json-dev>=1.81" libtomlplusplus-dev
       libspdlog-dev libfmt-dev libssl-dev libcli11-dev prometheus-cpp-dev zlib1g-dev liblz4-dev libzstd-dev libsnappy-dev
       liblua5.4-dev libre2-dev libsimdjson-dev libxxhash-dev librdkafka-dev)
test=(libgtest-dev libgmock-dev libbenchmark-dev "kcat|kafkacat"
      python3-venv procps abigail-tools)
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

# is_installed NAME[>=VERSION]
is_installed() {
    local status version
    read -r status version < <(dpkg-query -W -f '${db:Status-Status} ${Version}\n' "${1%>=*}" 2>/dev/null) || return 1
    [[ $status == installed ]] || return 1
    [[ $1 != *">="* ]] || dpkg --compare-versions "$version" ge "${1#*>=}"
}
is_known() {
    local version
    version=$(apt-cache madison "${1%>=*}" 2>/dev/null | awk -F ' *[|] *' 'NR == 1 { print $2 }')
    [[ -n $version ]] || return 1
    [[ $1 != *">="* ]] || dpkg --compare-versions "$version" ge "${1#*>=}"
}

# The alternatives of each package that is missing, so that apt is asked only about those.
missing=()
for alternatives in "${wanted[@]}"; do
    found=
    IFS='|' read -ra names <<<"$alternatives"
    for name in "${names[@]}"; do
        if is_installed "$name"; then found=1; fi
    done
    [[ -n $found ]] || missing+=("$alternatives")
done
[[ ${#missing[@]} -gt 0 ]] || exit 0

fail() { echo "install_dependencies.sh: $*" >&2; exit 1; }

command -v apt-get >/dev/null ||
    fail "this system has no apt-get; install what Debian calls ${missing[*]} with its own tools"
as_root=()
if [[ $(id -u) != 0 ]]; then
    command -v sudo >/dev/null || fail "missing: ${missing[*]}; run as root, or install sudo"
    # Without a terminal nobody could type a password.
    sudo -n true 2>/dev/null || (exec </dev/tty) 2>/dev/null ||
        fail "missing: ${missing[*]}; sudo wants a password, but there is no terminal to ask on"
    as_root=(sudo)
fi
apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq "$@"; }

echo "installing ${missing[*]}; on a fresh machine this takes some minutes" >&2
# A list that cannot be renewed does for packages that are in it.
apt -o APT::Update::Error-Mode=any update || echo "install_dependencies.sh: apt-get update failed; trying the lists that are here" >&2

chosen=()
for alternatives in "${missing[@]}"; do
    IFS='|' read -ra names <<<"$alternatives"
    pick=
    for name in "${names[@]}"; do
        if [[ -z $pick ]] && is_known "$name"; then pick=${name%>=*}; fi
    done
    [[ -n $pick ]] || fail "apt knows no package of ${names[*]}; is there a network, and is this Debian 12 or later?"
    chosen+=("$pick")
done
apt install -y --no-install-recommends "${chosen[@]}" >/dev/null || fail "apt-get could not install ${chosen[*]}"
