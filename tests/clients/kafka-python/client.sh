#!/usr/bin/env bash
# kafka-python==3.0.12 from PyPI.
source "$(dirname "${BASH_SOURCE[0]}")/../verbs.sh"
python_client
