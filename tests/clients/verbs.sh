# shellcheck shell=bash
# Sourced by every */client.sh: installs the client where it is missing, then runs its program with the arguments of the script.
arguments=("$@")
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh" "$1" unused

cannot() { printf '{"cannot": "%s"}\n' "$*"; exit 77; }
skip() { cannot "$@"; }

python_client() {
    prepare_python
    PYTHONPATH=$HERE/.. exec "$DIRECTORY/venv/bin/python" "$HERE/client.py" "${arguments[@]}"
}

# Built apart from what run.sh builds of the same module.
go_client() {
    needs go
    DIRECTORY=$DIRECTORY/verbs
    mkdir -p "$DIRECTORY"
    build_go() {
        cp "$HERE"/{go.mod,client.go} "$HERE/../verbs.go" "$DIRECTORY/"
        cd "$DIRECTORY"
        GOFLAGS=-mod=mod go build -o client .
    }
    once "$(fingerprint "$HERE/go.mod" "$HERE/client.go" "$HERE/../verbs.go")" build_go
    exec "$DIRECTORY/client" "${arguments[@]}"
}

# node_client PACKAGE...
node_client() {
    prepare_node "$@"
    # Beside its packages, where Node looks for them; more than one may start at once.
    local file
    for file in "$HERE/client.mjs" "$HERE/../verbs.mjs"; do
        cmp -s "$file" "$DIRECTORY/$(basename "$file")" || { cp "$file" "$DIRECTORY/.$$" && mv "$DIRECTORY/.$$" "$DIRECTORY/$(basename "$file")"; }
    done
    exec "${NODE:-node}" "$DIRECTORY/client.mjs" "${arguments[@]}"
}
