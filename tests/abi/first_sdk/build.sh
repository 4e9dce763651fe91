#!/usr/bin/env bash
# How the .so files of this folder were made, once, with the first SDK. They are never built again: that what was built
# then still works is what they are for.
#
#   tests/abi/first_sdk/build.sh DIRECTORY     makes them anew, elsewhere
set -euo pipefail
if [[ ${1:-} == -h || ${1:-} == --help ]]; then
    sed -n '2,5s/^# \{0,1\}//p' "$0"
    exit 0
fi
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
into=${1:?a directory to write to}
for template in cpp/{partitioner,transform,retention,codec,authenticator,authorizer} c/partitioner; do
    name=first_${template##*/}_${template%/*}
    compile=(g++ -std=c++20 -fno-gnu-unique -fvisibility-inlines-hidden)
    source=$root/sdk/template/$template/my_plugin.cpp
    if [[ $template == c/* ]]; then compile=(gcc -std=c11) source=${source%pp}; fi
    sed "s/my_plugin/$name/g" "$source" >"$into/$name.${source##*.}"
    "${compile[@]}" -Os -shared -fPIC -fvisibility=hidden -I"$root/sdk/include" -s \
        -Wl,-z,defs -Wl,-z,noseparate-code -Wl,--build-id=none -Wl,--version-script="$root/sdk/cmake/plugin.map" \
        "$into/$name.${source##*.}" -o "$into/$name.so"
    rm "$into/$name.${source##*.}"
done
