#!/usr/bin/env bash
# aiokafka==0.14.0 from PyPI.
source "$(dirname "${BASH_SOURCE[0]}")/../verbs.sh"
python_client
