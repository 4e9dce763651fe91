# shellcheck shell=bash disable=SC2034
# Sourced by what installs clients: HERE (the folder of the script that runs), DIRECTORY (where its client is installed).
# What cannot run here calls skip, which ends it with status 77.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[-1]}")" && pwd)
NAME=$(basename "$HERE")
ROOT=$(cd "$HERE/../../.." && pwd)
DIRECTORY=$ROOT/build/clients/$NAME
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

prepare_python() {
    needs python3
    install_python() {
        rm -rf "$DIRECTORY/venv"
        python3 -m venv "$DIRECTORY/venv"
        "$DIRECTORY/venv/bin/pip" install -q --disable-pip-version-check -r "$HERE/requirements.txt"
    }
    once "$(fingerprint "$HERE/requirements.txt")" install_python
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

# Kafka's own jars, for the Java client and the tools.
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
