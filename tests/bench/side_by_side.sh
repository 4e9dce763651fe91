#!/usr/bin/env bash
# Tidemill, the straw man and Apache Kafka, the same workloads in turn (A, B, C, A, B, C, ...): medians, ratios, and
# whether each figure that Tidemill is held to is reached.
#
#   tests/bench/side_by_side.sh [--without-kafka] [--runs N] [--seconds N] [--out FILE]
#                               [--set KEY=VALUE]... [ROW...]
#
# ROW is the beginning of a row's name: w1-, w1-16k, w4-100x5, w10-large ... (--list prints them all; default: all).
# --set gives Tidemill another setting, for example --set topic_defaults.tidemill.validation.depth=header.
# The load generator, the straw man and Apache Kafka come from the folder that TIDEMILL_PEERS names (default:
# ../shared/peers beside this checkout); without it the script says so and ends with status 77. TIDEMILL names another
# binary than that of the release preset. Needs an idle machine; all rows with --runs 3 --seconds 3 take about 18 minutes.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export TIDEMILL_PEERS=${TIDEMILL_PEERS:-$root/../shared/peers}
export TIDEMILL=${TIDEMILL:-$root/build/release/bin/tidemill}
case ${1:-} in
    -h | --help) sed -n '2,13s/^# \{0,1\}//p' "$0"; exit 0 ;;
esac
exec python3 "$root/tests/bench/side_by_side.py" "$@"
