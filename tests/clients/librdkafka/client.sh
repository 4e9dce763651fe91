#!/usr/bin/env bash
# librdkafka in C, Debian's.
source "$(dirname "${BASH_SOURCE[0]}")/../verbs.sh"
needs cc
[[ -e /usr/include/librdkafka/rdkafka.h ]] || skip "librdkafka-dev is not installed"
once "$(fingerprint "$HERE/client.c")" cc -O1 -Wall -Wextra -Werror -o "$DIRECTORY/client" "$HERE/client.c" -lrdkafka
PYTHONPATH=$HERE/.. exec python3 "$HERE/client.py" "$DIRECTORY/client" "${arguments[@]}"
