#!/usr/bin/env bash
# The Java client from Maven Central; idempotent producer, lz4.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
kafka_jars
java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$JARS/*" "$HERE/Partitions.java" "$BOOTSTRAP" "$TOPIC"
