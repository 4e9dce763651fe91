#!/usr/bin/env bash
# Asks the real clients again; the files must come out as they are checked in.
#   KAFKA_CLASSPATH='libs/*' tests/plugins/golden/generate.sh
set -euo pipefail
if [[ ${1:-} == -h || ${1:-} == --help || -z ${KAFKA_CLASSPATH:-} ]]; then
    sed -n '2,3s/^# \{0,1\}//p' "$0"
    [[ ${1:-} == -h || ${1:-} == --help ]]
    exit
fi
cd "$(dirname "${BASH_SOURCE[0]}")"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 keys.py >"$scratch/keys"
java -cp "$KAFKA_CLASSPATH" Murmur2.java <"$scratch/keys" >murmur2.tsv
cc crc32.c -o "$scratch/crc32" -lrdkafka && "$scratch/crc32" <"$scratch/keys" >crc32.tsv
cp -r sarama "$scratch/" && (cd "$scratch/sarama" && GOFLAGS=-mod=mod go build -o ../fnv1a .)
"$scratch/fnv1a" <"$scratch/keys" >fnv1a.tsv
