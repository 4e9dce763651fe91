# shellcheck shell=bash
# Sourced by every */client.sh: installs the client where it is missing, then runs its program with the arguments of the script.
arguments=("$@")
if [[ $# -ne 3 || $1 == -h || $1 == --help ]]; then
    sed -n '2p' "$0"
    echo "usage: $0 BOOTSTRAP VERB OPTIONS    one verb of the matrix (tests/clients/README.md); tests/clients/run.sh runs all"
    [[ ${1:-} == -h || ${1:-} == --help ]]
    exit
fi
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cannot() { printf '{"cannot": "%s"}\n' "$*"; exit 77; }
skip() { cannot "$@"; }

python_client() {
    prepare_python
    PYTHONPATH=$HERE/.. exec "$DIRECTORY/venv/bin/python" "$HERE/client.py" "${arguments[@]}"
}

go_client() {
    needs go
    build_go() {
        rm -f "$DIRECTORY"/*.go
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
