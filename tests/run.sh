#!/usr/bin/env bash
# Installs what is missing, builds the release preset, runs every test, ends with ctest's summary.
#
#   tests/run.sh [ctest options]        for example: tests/run.sh -R '^log\.'
set -euo pipefail
if [[ ${1:-} == -h || ${1:-} == --help ]]; then
    sed -n '2,4s/^# \{0,1\}//p' "$0"
    exit 0
fi
cd "$(dirname "${BASH_SOURCE[0]}")/.."
.ci/install_dependencies.sh build test
# Better told now than after the build.
options=$(ctest --help)
for word in "$@"; do
    if [[ $word == "$1" && $word != -* ]] ||
        [[ $word == --* ]] && ! grep -qE -- "(^|[ ,])${word%%=*}([ ,=]|\$)" <<<"$options" ||
        [[ $word == -[!-]* ]] && ! grep -qE -- "(^|[ ,])${word:0:2}([ ,=]|\$)" <<<"$options"; then
        echo "run.sh: ctest has no option '$word' (tests/run.sh --help, ctest --help)" >&2
        exit 2
    fi
done
cmake --preset release -Wno-dev >/dev/null
cmake --build --preset release
exec ctest --preset release --output-on-failure -j "$(nproc)" "$@"
