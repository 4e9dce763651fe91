#!/usr/bin/env bash
# librdkafka in C, Debian's; lz4.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
needs cc
[[ -e /usr/include/librdkafka/rdkafka.h ]] || skip "librdkafka-dev is not installed"
once "$(fingerprint "$HERE/program.c")" cc -O1 -Wall -Wextra -o "$DIRECTORY/program" "$HERE/program.c" -lrdkafka
"$DIRECTORY/program" "$BOOTSTRAP" "$TOPIC"
