#!/usr/bin/env bash
# Runs stock clients against the broker and prints a table.
#
#   tests/clients/run.sh [--broker HOST:PORT] [CLIENT...]
#
# Without --broker it starts build/release/bin/tidemill (TIDEMILL names another) on a free port and stops it at the end.
# Status 1 when a client failed. A client whose tool chain is absent is skipped by name.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
bootstrap=
while [[ ${1:-} == -* ]]; do
    case $1 in
        --broker) bootstrap=${2:?--broker needs HOST:PORT}; shift 2 ;;
        -h | --help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 0 ;;
        *) echo "run.sh: unknown option '$1'" >&2; exit 2 ;;
    esac
done
clients=("$@")
if [[ ${#clients[@]} == 0 ]]; then
    for script in "$here"/*/run.sh; do clients+=("$(basename "$(dirname "$script")")"); done
fi

work=$(mktemp -d)
broker=
finish() {
    [[ -z $broker ]] || { kill "$broker" 2>/dev/null; wait "$broker" 2>/dev/null; }
    rm -rf "$work"
}
trap finish EXIT
if [[ -z $bootstrap ]]; then
    binary=${TIDEMILL:-$root/build/release/bin/tidemill}
    [[ -x $binary ]] || { echo "run.sh: $binary is not built" >&2; exit 1; }
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    bootstrap=127.0.0.1:$port
    (cd "$work" && exec "$binary" --set broker.data_directory="$work/data" --set listener.0.address="$bootstrap" \
        --set listener.0.advertised="$bootstrap" --set admin.address= >"$work/broker.log" 2>&1) &
    broker=$!
    for _ in $(seq 100); do
        if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then break; fi
        sleep 0.05
    done
fi

passed=0 failed=0 skipped=0
for client in "${clients[@]}"; do
    [[ -x $here/$client/run.sh ]] || { echo "run.sh: no client '$client'" >&2; exit 2; }
    topic=clients-$client-$(date +%s%N)
    # The first run also installs; the client itself takes seconds.
    timeout "${TIMEOUT:-600}" "$here/$client/run.sh" "$bootstrap" "$topic" >"$work/$client.log" 2>&1 </dev/null
    case $? in
        0) result=pass passed=$((passed + 1)) ;;
        77) result=skip skipped=$((skipped + 1)) ;;
        *) result=FAIL failed=$((failed + 1)) ;;
    esac
    printf '%-20s %-5s %s\n' "$client" "$result" "$(tail -n 1 "$work/$client.log" | cut -c1-150)"
    [[ $result != FAIL ]] || sed 's/^/    /' "$work/$client.log" | tail -n 20
done
[[ $failed == 0 || -z $broker ]] || { echo "--- broker log"; tail -n 20 "$work/broker.log"; }
echo "$passed passed, $failed failed, $skipped skipped"
exit $((failed > 0))
