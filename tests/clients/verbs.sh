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
