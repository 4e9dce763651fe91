#!/usr/bin/env python3
"""Paths and symbols that the documents name exist. Usage: documentation.py ROOT

A path is `anything/with/a.slash` in backticks that starts with one of our folders. A symbol is
`room::name` or `room::type::name` in backticks: its last part must be declared in a header of that room.
"""
import pathlib
import re
import sys

FOLDERS = ("kernel/", "plugins/", "sdk/", "scripts/", "tests/", "examples/", ".ci/")
ROOMS = ("base", "io", "record", "protocol", "log", "replication", "partition", "metadata", "groups", "extension",
         "network", "api", "server")
# Built, not committed.
GENERATED = ("build/",)


def main(root):
    root = pathlib.Path(root)
    documents = sorted(root.glob("*.md")) + sorted((root / "kernel").rglob("README.md"))
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
    print("\n".join(errors) or f"{named} names in {len(documents)} documents exist")
    return 1 if errors else 0


sys.exit(main(sys.argv[1]))
