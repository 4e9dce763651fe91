#!/usr/bin/env bash
# From nothing to records in and out, in one command.
#
#   examples/quickstart.sh [--keep] [--port PORT]
#
# Installs what is missing, builds the broker, starts it without a configuration file, puts two rules in Lua into
# force, writes one JSON line for every installed Debian package (key: the package's section) with kcat and zstd
# compression, shows what the rules counted and refused, changes one of them while the broker runs, reads
# everything back with a Python client, proves by checksum that nothing was lost or reordered within a key, and stops.
#   --keep        leave the broker running
#   --port PORT   listen on 127.0.0.1:PORT, admin HTTP on the port after it, instead of 9092 and 9644
set -euo pipefail

fail() { echo "quickstart.sh: $*" >&2; exit 1; }
usage() { echo "quickstart.sh: $*; see --help" >&2; exit 2; }

keep='' port=9092 admin_port=9644 settings=()
while [[ $# -gt 0 ]]; do
    case $1 in
        --keep) keep=1 ;;
        --port)
            port=${2:-} && shift
            [[ $port =~ ^[1-9][0-9]{0,4}$ && $port -lt 65535 ]] || usage "--port takes a number from 1 to 65534"
            admin_port=$((port + 1))
            settings=(--set "listener.0.address=127.0.0.1:$port" --set "listener.0.advertised=127.0.0.1:$port"
                      --set "admin.address=127.0.0.1:$admin_port") ;;
        -h | --help) sed -n '2,11s/^# \{0,1\}//p' "$0"; exit 0 ;;
        *) usage "unknown option '$1', expected --keep or --port" ;;
    esac
    shift
done

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$root/build/quickstart
address=127.0.0.1:$port
topic=packages
export PYTHONUTF8=1
mkdir -p "$work" 2>/dev/null && [[ -w $work ]] || fail "cannot write to $work; run it as the owner of $root"
cd "$work"

trap 'echo "quickstart.sh: interrupted" >&2; exit 130' INT
trap 'echo "quickstart.sh: ended by a signal" >&2; exit 143' TERM
say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
# took BEGIN RECORDS BYTES: a span since BEGIN (ns) with its rates
took() {
    awk -v ns=$(($(date +%s%N) - $1)) -v records="$2" -v bytes="$3" 'BEGIN {
        printf "%d records, %.1f KiB, in %.0f ms: %.0f records/s, %.1f MB/s\n",
            records, bytes / 1024, ns / 1e6, records / (ns / 1e9), bytes / (ns / 1e3) }'
}
listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
# It listens before it is ready, and takes no rules until then.
is_ready() {
    (exec 3<>"/dev/tcp/127.0.0.1/$admin_port" && printf 'GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' >&3 &&
        IFS= read -r -t 5 line <&3 && [[ $line == *" 200 "* ]]) 2>/dev/null
}

say "1. Installing what is missing"
"$root/.ci/install_dependencies.sh" build example
requirements=$root/examples/quickstart/requirements.txt
if ! cmp -s "$requirements" venv/requirements.txt; then
    rm -rf venv
    python3 -m venv venv || fail "python3 could not make a virtual environment in $work/venv"
    venv/bin/pip install --quiet --disable-pip-version-check -r "$requirements" ||
        fail "pip could not install $(tr '\n' ' ' <"$requirements"); is there a network?"
    cp "$requirements" venv/
fi
echo "kcat (C, $(kcat -V 2>/dev/null | grep -o 'librdkafka [0-9.]*' | head -n 1)) writes, kafka-python reads"

say "2. Building the broker"
# Whoever built here before keeps his settings; otherwise the tests, which need more packages, are left out.
begin=$SECONDS
(
    cd "$root"
    [[ -e build/release/build.ninja ]] ||
        cmake --preset release -Wno-dev -DTIDEMILL_TESTS=OFF -DTIDEMILL_BENCHMARKS=OFF >/dev/null
    cmake --build --preset release --target tidemill tidectl shipped_plugins
) || fail "the build failed; its first error stands above"
echo "built in $((SECONDS - begin)) s"

say "3. Starting it, no configuration file"
binary=$root/build/release/bin/tidemill
stop_broker() {
    [[ -f tidemill.pid ]] || return 0
    local pid
    pid=$(<tidemill.pid)
    if [[ $(readlink -f "/proc/$pid/exe" 2>/dev/null) == "$(readlink -f "$binary")"* ]]; then
        kill "$pid"
        for _ in $(seq 100); do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.1
        done
    fi
    rm -f tidemill.pid
}
stop_broker
for taken in "$port" "$admin_port"; do
    if listens "$taken"; then
        fail "something else listens on 127.0.0.1:$taken; stop it, or choose another port with --port"
    fi
done
rm -rf tidemill-data
"$binary" "${settings[@]}" >tidemill.log 2>&1 &
broker=$!
echo "$broker" >tidemill.pid
trap stop_broker EXIT
for _ in $(seq 600); do
    is_ready && break
    kill -0 "$broker" 2>/dev/null || { cat tidemill.log >&2; fail "the broker did not start"; }
    sleep 0.05
done
echo "$("$binary" --version | head -n 1), pid $broker, log in $work/tidemill.log"

say "4. Putting two rules into force"
rules=$root/examples/quickstart/rules
tidectl() { "$root/build/release/bin/tidectl" "$@"; }
for rule in sections packages; do
    tidectl rule check "$rules/$rule.lua" && tidectl rule test "$rules/$rule.lua" &&
        tidectl rule apply --admin "127.0.0.1:$admin_port" "$rules/$rule.lua" || fail "the rule $rule.lua was not taken"
done
venv/bin/python "$root/examples/quickstart/packages.py" create "$address" "$topic" 4 \
    tidemill.partitioner=lua:sections.lua tidemill.partitioner.mode=verify-warn tidemill.validate=lua:packages.lua

say "5. Writing every installed package with kcat"
dpkg-query -W -f $'${Section}\x1f${Package}\x1f${Version}\x1f${Architecture}\x1f${Installed-Size}\x1f${binary:Summary}\n' |
    venv/bin/python "$root/examples/quickstart/packages.py" lines >packages.tsv
begin=$(date +%s%N)
kcat -P -b "$address" -t "$topic" -K $'\t' -z zstd -l packages.tsv || fail "kcat could not write; see $work/tidemill.log"
echo "wrote $(took "$begin" "$(wc -l <packages.tsv)" "$(stat -c %s packages.tsv)")"

say "6. What the rules say"
# One more record, in a batch of its own; fails when it is refused.
printf 'misc\t{"section": "misc", "package": "tidemill"}\n' >one.tsv
write_alone() {
    kcat -P -b "$address" -t "$topic" -K $'\t' -l one.tsv 2>one.log
}
! write_alone || fail "a package without a version was let in"
echo "a package without a version is refused, kcat says: $(grep -om1 'Delivery failed.*' one.log)"
tidectl rule list --admin "127.0.0.1:$admin_port"
echo "(an objection of sections.lua is a record that kcat has put elsewhere than the rule says: verify-warn only counts it)"
grep -v 'version is missing' "$rules/packages.lua" >packages.lua
tidectl rule apply --admin "127.0.0.1:$admin_port" packages.lua || fail "the changed rule was not taken"
write_alone || { cat one.log >&2; fail "the changed rule still refuses it"; }
cat one.tsv >>packages.tsv
echo "changed while the broker runs, it lets the same record in"

say "7. Reading them back with kafka-python"
venv/bin/python "$root/examples/quickstart/packages.py" compare "$address" "$topic" packages.tsv

trap - EXIT
if [[ -n $keep ]]; then
    say "The broker stays: $address, admin http://127.0.0.1:$admin_port/metrics, data in $work/tidemill-data, kill $broker stops it"
else
    say "8. Stopping"
    stop_broker
    status=0
    wait "$broker" || status=$?
    [[ $status == 0 ]] || fail "the broker ended with status $status; see $work/tidemill.log"
    echo "stopped cleanly"
fi
