#!/usr/bin/env bash
# confluent-kafka==2.16.1 from PyPI.
source "$(dirname "${BASH_SOURCE[0]}")/../verbs.sh"
python_client
