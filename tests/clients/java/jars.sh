#!/usr/bin/env bash
# Prints where Kafka's jars are, for tests/clients/tools.py.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
kafka_jars
echo "$JARS"
