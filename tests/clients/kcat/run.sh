#!/usr/bin/env bash
# kcat on Debian's librdkafka; zstd. The topic has one partition when the broker makes it on first use.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
needs kcat
records 0 | kcat -P -b "$BOOTSTRAP" -t "$TOPIC" -p 0 -K $'\t' -z zstd
kcat -C -b "$BOOTSTRAP" -t "$TOPIC" -p 0 -o beginning -e -q -f '%k\t%s\n' | expect 0
echo "$RECORDS records ok, $(kcat -V | grep -o 'librdkafka [0-9.]*' | head -n 1)"
