#!/usr/bin/env bash
# kafka-python==3.0.12 from PyPI.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
run_python
