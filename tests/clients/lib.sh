# shellcheck shell=bash disable=SC2034
# Sourced by every */run.sh: BOOTSTRAP, TOPIC, HERE (the client's folder), DIRECTORY (where it is installed).
# A client that cannot run here calls skip, which ends it with status 77.
set -euo pipefail
if [[ $# -lt 2 || $1 == -h || $1 == --help ]]; then
    sed -n '2p' "$0"
    echo "usage: $0 BOOTSTRAP TOPIC    produces to every partition of a topic and reads it back; tests/clients/run.sh runs all clients"
    [[ ${1:-} == -h || ${1:-} == --help ]]
    exit
fi
BOOTSTRAP=$1
TOPIC=$2
HERE=$(cd "$(dirname "${BASH_SOURCE[-1]}")" && pwd)
NAME=$(basename "$HERE")
ROOT=$(cd "$HERE/../../.." && pwd)
DIRECTORY=$ROOT/build/clients/$NAME
PARTITIONS=3
RECORDS=200
mkdir -p "$DIRECTORY"

skip() { echo "skipped: $*"; exit 77; }

# needs COMMAND: skips the client where its tool chain is absent
needs() { command -v "$1" >/dev/null || skip "$1 is not installed"; }

# once KEY COMMAND...: runs an installation unless it succeeded before with the same key
once() {
    local mark=$DIRECTORY/installed key=$1
    shift
    [[ -e $mark && $(<"$mark") == "$key" ]] && return
    "$@" >"$DIRECTORY/install.log" 2>&1 || { tail -n 20 "$DIRECTORY/install.log" >&2; echo "installation failed"; exit 1; }
    echo "$key" >"$mark"
}

fingerprint() { cat "$@" | sha256sum; }

# What partition $1 must hold, one key TAB value a line.
records() { seq -f '%04g' 0 $((RECORDS - 1)) | sed "s/.*/key-$1-&\tvalue-$1-&/"; }

# expect PARTITION: compares standard input with what the partition must hold
expect() {
    local difference
    difference=$(diff - <(records "$1") | head -n 5) || true
    [[ -z $difference ]] || { echo "partition $1 differs (< came back, > expected): $difference"; exit 1; }
}

prepare_python() {
    needs python3
    install_python() {
        rm -rf "$DIRECTORY/venv"
        python3 -m venv "$DIRECTORY/venv"
        "$DIRECTORY/venv/bin/pip" install -q --disable-pip-version-check -r "$HERE/requirements.txt"
    }
    once "$(fingerprint "$HERE/requirements.txt")" install_python
}

run_python() {
    prepare_python
    "$DIRECTORY/venv/bin/python" "$HERE/program.py" "$BOOTSTRAP" "$TOPIC"
}

run_go() {
    needs go
    install_go() {
        cp "$HERE"/{go.mod,main.go} "$DIRECTORY/"
        cd "$DIRECTORY"
        GOFLAGS=-mod=mod go build -o program .
    }
    once "$(fingerprint "$HERE/go.mod" "$HERE/main.go")" install_go
    "$DIRECTORY/program" "$BOOTSTRAP" "$TOPIC"
}

# prepare_node PACKAGE...
prepare_node() {
    needs npm
    install_node() {
        cd "$DIRECTORY"
        [[ -e package.json ]] || echo '{"name":"clients","private":true}' >package.json
        npm install --no-audit --no-fund --loglevel=error "$@"
    }
    once "$*" install_node "$@"
}

# run_node PROGRAM PACKAGE...
run_node() {
    local program=$1
    prepare_node "${@:2}"
    cp "$HERE/$program" "$DIRECTORY/"
    "${NODE:-node}" "$DIRECTORY/$program" "$BOOTSTRAP" "$TOPIC"
}

# Kafka's own jars, for the Java client and the console tools.
kafka_version=4.3.1
kafka_jars() {
    needs java
    needs mvn
    local jars=$ROOT/build/clients/kafka-$kafka_version
    # Fetched again when the list has changed.
    if [[ ! -e $jars/complete ]] || ! cmp -s "$ROOT/tests/clients/java/pom.xml" "$jars/pom.xml"; then
        mkdir -p "$jars"
        cp "$ROOT/tests/clients/java/pom.xml" "$jars/pom.xml"
        mvn -B -q -f "$jars/pom.xml" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$jars/libs" \
            >"$jars/install.log" 2>&1 || { tail -n 20 "$jars/install.log" >&2; echo "installation failed"; exit 1; }
        touch "$jars/complete"
    fi
    JARS=$jars/libs
}
