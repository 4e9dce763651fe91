#!/usr/bin/env bash
# Tidemill, the straw man and Apache Kafka, the same workloads in turn (A, B, C, A, B, C, ...), medians and ratios.
#
#   tests/bench/side_by_side.sh [--without-kafka] [--runs N] [--seconds N] [SECTION...]
#
# The load generator, the straw man and Apache Kafka come from the folder that TIDEMILL_PEERS names (default:
# ../shared/peers beside this checkout); without it the script says so and ends with status 77. Sections: w1 w3 w4 w5 w6 w7
# w8 (default: all), and w10 (start times and creating 1,000 topics of 10 partitions), w11 (memory and idle CPU).
# Needs an idle machine; takes about an hour for everything with --runs 3.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
peers=${TIDEMILL_PEERS:-$root/../shared/peers}
binary=${TIDEMILL:-$root/build/release/bin/tidemill}
kafka=1 runs=3 seconds=6
while [[ ${1:-} == -* ]]; do
    case $1 in
        --without-kafka) kafka= ; shift ;;
        --runs) runs=$2; shift 2 ;;
        --seconds) seconds=$2; shift 2 ;;
        -h | --help) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 0 ;;
        *) echo "side_by_side.sh: unknown option '$1'" >&2; exit 2 ;;
    esac
done
sections=("$@")
[[ ${#sections[@]} -gt 0 ]] || sections=(w1 w3 w4 w5 w6 w7 w8 w10 w11)
if [[ ! -x $peers/bench/compare.py ]]; then
    echo "side_by_side.sh: no load generator in $peers; set TIDEMILL_PEERS" >&2
    exit 77
fi
[[ -x $binary ]] || { echo "side_by_side.sh: build the release preset first ($binary)" >&2; exit 1; }
[[ -x $peers/bench/bin/wirebench ]] || "$peers/bench/build.sh"

work=$(mktemp -d)
pids=()
finish() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    wait 2>/dev/null || true
    [[ -z $kafka || ! -d $work/kafka ]] || "$peers/apache-kafka.sh" stop --dir "$work/kafka" >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap finish EXIT

port=19092
start_tidemill() { # NAME ARGUMENT...: its data in $work/NAME
    local name=$1
    shift
    "$binary" --set broker.data_directory="$work/$name" --set listener.0.address=127.0.0.1:$port \
        --set listener.0.advertised=127.0.0.1:$port --set admin.address= --set limits.connections_per_address_max=10000 \
        --set limits.connections_max=10000 "$@" >>"$work/$name.log" 2>&1 &
    tidemill=$!
    pids+=("$tidemill")
}
wait_for() { for _ in $(seq 600); do if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return; fi; sleep 0.05; done; }

compared=()
for section in "${sections[@]}"; do [[ $section == w1[01] ]] || compared+=("$section"); done
if [[ ${#compared[@]} -gt 0 ]]; then
    mkdir "$work/straw"
    "$peers/bench/bin/strawkafka" 19292 "$work/straw" >/dev/null 2>&1 &
    straw=$!
    pids+=("$straw")
    start_tidemill tidemill
    wait_for 19292
    wait_for $port
    brokers=(--broker "straw=127.0.0.1:19292,$straw" --broker "tidemill=127.0.0.1:$port,$tidemill")
    if [[ -n $kafka ]]; then
        line=$("$peers/apache-kafka.sh" start --port 29092 --dir "$work/kafka" --prop log.retention.check.interval.ms=1000 | tail -n 1)
        brokers+=(--broker "kafka=127.0.0.1:29092,$(sed 's/.*pid=\([0-9]*\).*/\1/' <<<"$line")")
        compared=(warmup "${compared[@]}")
    fi
    "$peers/bench/warm.sh" "${WARM_GIB:-8}" "$work"
    "$peers/bench/compare.py" "${brokers[@]}" --runs "$runs" --seconds "$seconds" "${compared[@]}"
    kill "$tidemill" "$straw"
    wait "$tidemill" "$straw" 2>/dev/null || true
    [[ -z $kafka ]] || "$peers/apache-kafka.sh" stop --dir "$work/kafka" >/dev/null 2>&1
fi

probe() { # LABEL ARGUMENT...: from exec to the first acknowledged produce
    local label=$1
    shift
    "$peers/bench/bin/wirebench" probe --broker 127.0.0.1:$port --pid "$tidemill" --label "$label" --t0 "$begin" --timeout 60
}
started() { # LABEL NAME: starts it and prints the probe's line
    begin=$(date +%s%N)
    start_tidemill "$2"
    probe "$1"
}
killed() { kill -9 "$tidemill"; wait "$tidemill" 2>/dev/null || true; }
stopped() { kill "$tidemill"; wait "$tidemill" 2>/dev/null || true; }
resident() { awk '/VmRSS/ { print $2 " KiB" }' "/proc/$tidemill/status"; }

if [[ " ${sections[*]} " == *" w10 "* ]]; then
    echo "W10 start, one JSON line each, milliseconds"
    started "empty directory" start && killed
    started "empty after kill -9" start && killed
    started "before loading 10 GB" large
    "$peers/bench/bin/wirebench" produce --broker 127.0.0.1:$port --pid "$tidemill" --label load --topic large --partitions 16 \
        --conns 4 --depth 5 --batch-bytes 64K --total-bytes 10G --keep >/dev/null && killed
    started "10 GB on 16 partitions after kill -9" large && stopped
    started "10 GB clean" large && stopped
    rm -rf "$work/large"
    started "before 10,000 partitions" many
    "$peers/bench/bin/wirebench" topics --broker 127.0.0.1:$port --pid "$tidemill" --label "1,000 topics of 10 partitions" \
        --topics 1000 --partitions 10 || echo "wirebench topics: failed"
    echo "resident with 10,000 partitions: $(resident)" && stopped
    started "10,000 partitions clean" many && killed
    started "10,000 partitions after kill -9" many && stopped
fi
if [[ " ${sections[*]} " == *" w11 "* ]]; then
    echo "W11 memory and idle CPU"
    start_tidemill idle
    wait_for $port
    sleep 2 # what a start leaves behind settles
    echo "resident, empty: $(resident)"
    ticks() { awk '{ print $14 + $15 }' "/proc/$tidemill/stat"; }
    before=$(ticks)
    sleep 20
    awk -v t=$(($(ticks) - before)) 'BEGIN { printf "idle CPU: %.2f %% of a core over 20 s\n", t / 20 }'
    "$peers/bench/bin/wirebench" idle --broker 127.0.0.1:$port --pid "$tidemill" --label "1,000 idle connections" --conns 1000
    stopped
fi
