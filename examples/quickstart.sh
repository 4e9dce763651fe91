#!/usr/bin/env bash
# From nothing to records in and out, in one command.
#
#   examples/quickstart.sh [--keep]
#
# Installs what is missing, builds the broker, starts it without a configuration file, writes one JSON line for
# every installed Debian package (key: the package's section) with kcat and zstd compression, reads them back with
# a Python client, proves by checksum that nothing was lost or reordered within a key, and stops.
#   --keep   leave the broker running on 127.0.0.1:9092
set -euo pipefail

keep=
case ${1:-} in
    "") ;;
    --keep) keep=1 ;;
    -h | --help) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "quickstart.sh: unknown option '$1', expected --keep or --help" >&2; exit 2 ;;
esac

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$root/build/quickstart
address=127.0.0.1:9092
topic=packages
mkdir -p "$work"
cd "$work"

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
fail() { echo "quickstart.sh: $*" >&2; exit 1; }

say "1. Installing what is missing"
"$root/.ci/install_dependencies.sh" build example
requirements=$root/examples/quickstart/requirements.txt
if ! cmp -s "$requirements" venv/requirements.txt; then
    rm -rf venv
    python3 -m venv venv
    venv/bin/pip install --quiet --disable-pip-version-check -r "$requirements"
    cp "$requirements" venv/
fi
echo "kcat (C, $(kcat -V 2>/dev/null | grep -o 'librdkafka [0-9.]*' | head -n 1)) writes, kafka-python reads"

say "2. Building the broker"
(cd "$root" && cmake --preset release -Wno-dev >/dev/null && cmake --build --preset release --target tidemill)

say "3. Starting it, no configuration file"
stop_broker() {
    [[ -f tidemill.pid ]] || return 0
    local pid
    pid=$(<tidemill.pid)
    if [[ $(readlink -f "/proc/$pid/exe" 2>/dev/null) == "$root/build/release/bin/tidemill"* ]]; then
        kill "$pid"
        for _ in $(seq 100); do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.1
        done
    fi
    rm -f tidemill.pid
}
stop_broker
if (exec 3<>"/dev/tcp/${address/:/\/}") 2>/dev/null; then
    fail "something else listens on $address; stop it first"
fi
rm -rf tidemill-data
"$root/build/release/bin/tidemill" >tidemill.log 2>&1 &
broker=$!
echo "$broker" >tidemill.pid
[[ -n $keep ]] || trap stop_broker EXIT
for _ in $(seq 200); do
    if (exec 3<>"/dev/tcp/${address/:/\/}") 2>/dev/null; then break; fi
    kill -0 "$broker" 2>/dev/null || { cat tidemill.log >&2; fail "the broker did not start"; }
    sleep 0.05
done
echo "tidemill $("$root/build/release/bin/tidemill" --version | head -n 1), pid $broker, log in $work/tidemill.log"

say "4. Writing every installed package with kcat"
export PATH=$work/venv/bin:$PATH
dpkg-query -W -f $'${Section}\x1f${Package}\x1f${Version}\x1f${Architecture}\x1f${Installed-Size}\x1f${binary:Summary}\n' |
    "$root/examples/quickstart/packages.py" lines >packages.tsv
"$root/examples/quickstart/packages.py" create "$address" "$topic" 4
begin=$(date +%s%N)
kcat -P -b "$address" -t "$topic" -K $'\t' -z zstd -l packages.tsv
end=$(date +%s%N)
awk -v ns=$((end - begin)) -v bytes="$(stat -c %s packages.tsv)" 'END {
    printf "wrote %d records, %.1f KiB, in %.0f ms\n", NR, bytes / 1024, ns / 1e6 }' packages.tsv

say "5. Reading them back with kafka-python"
"$root/examples/quickstart/packages.py" compare "$address" "$topic" packages.tsv

if [[ -n $keep ]]; then
    trap - EXIT
    say "The broker stays: $address, admin http://127.0.0.1:9644/metrics, data in $work/tidemill-data, kill $broker stops it"
else
    say "6. Stopping"
    stop_broker
    trap - EXIT
    status=0
    wait "$broker" || status=$?
    [[ $status == 0 ]] || fail "the broker ended with status $status; see $work/tidemill.log"
    echo "stopped cleanly"
fi
