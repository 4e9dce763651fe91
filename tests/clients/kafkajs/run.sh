#!/usr/bin/env bash
# kafkajs from npm; gzip. It reads only through groups, so kcat reads what it wrote.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
needs kcat
run_node program.js kafkajs@2.2.4
for partition in $(seq 0 $((PARTITIONS - 1))); do
    kcat -C -b "$BOOTSTRAP" -t "$TOPIC" -p "$partition" -o beginning -e -q -f '%k\t%s\n' | expect "$partition"
done
echo "$((PARTITIONS * RECORDS)) records ok, kafkajs 2.2.4"
