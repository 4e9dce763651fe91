#!/usr/bin/env bash
# kcat on Debian's librdkafka.
source "$(dirname "${BASH_SOURCE[0]}")/../verbs.sh"
needs kcat
PYTHONPATH=$HERE/.. exec python3 "$HERE/client.py" "${arguments[@]}"
