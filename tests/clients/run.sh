#!/usr/bin/env bash
# What stock clients and Kafka's own tools can do with the broker, as two tables.
#
#   tests/clients/run.sh [--broker HOST:PORT] [CLIENT...]
#
# The scenarios of matrix.py for each client, or for those that are named, then, where none is named, the rows of tools.py.
# Without --broker each starts build/release/bin/tidemill (TIDEMILL names another) on a free port. Status 1 when something
# failed that does not fail with Apache Kafka. What is not installed is fetched, into build/clients.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
broker=() clients=()
while [[ $# -gt 0 ]]; do
    case $1 in
        --broker) broker=(--broker "${2:?--broker needs HOST:PORT}"); shift 2 ;;
        -h | --help) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;;
        -*) echo "run.sh: no option '$1' (--help)" >&2; exit 2 ;;
        *) clients+=(--client "$1"); shift ;;
    esac
done
status=0
python3 "$here/matrix.py" "${broker[@]}" "${clients[@]}" || status=$?
if [[ ${#clients[@]} == 0 ]]; then
    python3 "$here/tools.py" "${broker[@]}" || { tools=$?; [[ $tools == 77 ]] || status=$tools; }
fi
exit $status
