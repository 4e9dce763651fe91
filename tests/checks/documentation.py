#!/usr/bin/env python3
"""Paths and symbols that the documents name exist. Usage: documentation.py ROOT

A path is `anything/with/a.slash` in backticks that starts with one of our folders. A symbol is
`room::name` or `room::type::name` in backticks: its last part must be declared in a header of that room.
A test is `subject.condition` in backticks in tests/README.md, a fuzzer `..._fuzzer`.
"""
import pathlib
import re
import sys

FOLDERS = ("kernel/", "plugins/", "sdk/", "scripts/", "tests/", "examples/", ".ci/")
ROOMS = ("base", "io", "record", "protocol", "log", "dump", "replication", "partition", "metadata", "groups", "extension",
         "network", "api", "server")
# Built, not committed.
GENERATED = ("build/",)


def tests_of(root):
    """Every name that tests/README.md may use for a test."""
    names = {file.stem for file in (root / "tests/fuzz").glob("*_fuzzer.cpp")}
    for file in (root / "tests").rglob("*.cpp"):
        names.update(f"{suite}.{name}" for suite, name in re.findall(
            r"^TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\)", file.read_text(encoding="utf-8"), re.MULTILINE))
    for file in (root / "tests/integration").glob("*_test.py"):
        names.update(f"{file.stem}.{name}" for name in re.findall(
            r"^ +def (test_\w+)\(", file.read_text(encoding="utf-8"), re.MULTILINE))
    return names


def main(root):
    root = pathlib.Path(root)
    documents = sorted(root.glob("*.md")) + sorted((root / "kernel").rglob("README.md")) + [root / "tests/README.md"]
    sources = {room: "\n".join(f.read_text(encoding="utf-8") for f in (root / "kernel" / room).rglob("*.?pp"))
               for room in ROOMS}
    errors, named = [], 0
    for document in documents:
        text = document.read_text(encoding="utf-8")
        for path in re.findall(r"`([\w./-]+/[\w./-]*)`", text):
            if path.startswith(FOLDERS):
                named += 1
                if not (root / path).exists():
                    errors.append(f"{document.name}: `{path}` does not exist")
        for room, name in re.findall(r"`(?:tidemill::)?(\w+)::([\w:]+)(?:\(\))?`", text):
            if room in ROOMS:
                named += 1
                if not re.search(rf"\b{name.split('::')[-1]}\b", sources[room]):
                    errors.append(f"{document.name}: `{room}::{name}` is not in kernel/{room}")
    tests = tests_of(root)
    for name in re.findall(r"`(\w+\.\w+|\w+_fuzzer)`", (root / "tests/README.md").read_text(encoding="utf-8")):
        named += 1
        if name not in tests:
            errors.append(f"tests/README.md: there is no test `{name}`")
    print("\n".join(errors) or f"{named} names in {len(documents)} documents exist")
    return 1 if errors else 0


if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
    print(__doc__)
    sys.exit(len(sys.argv) < 2)
sys.exit(main(sys.argv[1]))
