#!/usr/bin/env python3
"""Offset and size of every field of the plugin ABI, compared with the listing that is checked in.

Usage: layout.py INCLUDE_DIRECTORY GOLDEN COMPILER | layout.py --write INCLUDE_DIRECTORY GOLDEN COMPILER

A table or view may only grow at its end; a line that changes or vanishes breaks every plugin. `--write` adds what is
new, and refuses to change what is there.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

STRUCT = re.compile(r"struct\s+(\w+)\s*\{(.*?)\n\}", re.DOTALL)
FIELD = re.compile(r"(?:\(\s*\*\s*(\w+)\s*\)\s*\(.*\)|(\w+)\s*(?:\[\w+\])?)\s*$", re.DOTALL)
# Values that lie in arrays must not even grow.
FROZEN = ("tidemill_bytes", "tidemill_buffer", "tidemill_uuid", "tidemill_config_value", "tidemill_kind")


def fields_of(text):
    plain = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    for struct, body in STRUCT.findall(plain):
        for declaration in body.split(";"):
            # One declaration may name several fields: "uint32_t a, b".
            parts = [declaration] if "(" in declaration else declaration.split(",")
            for part in parts:
                found = FIELD.search(part.strip())
                if part.strip() and found:
                    yield struct, found[1] or found[2]


def listing(root, compiler):
    root = pathlib.Path(root)
    headers = sorted((root / "tidemill").glob("*.h"))
    lines = [f'#include "tidemill/{header.name}"' for header in headers] + ["#include <stdio.h>", "int main(void) {"]
    sizes = set()
    for header in headers:
        for struct, field in fields_of(header.read_text(encoding="utf-8")):
            lines.append(f'printf("{struct}.{field} %zu %zu\\n", offsetof({struct}, {field}), '
                         f'sizeof((({struct}*)0)->{field}));')
            if struct in FROZEN:
                sizes.add(struct)
    lines += [f'printf("{struct} %zu\\n", sizeof({struct}));' for struct in sorted(sizes)] + ["}"]
    with tempfile.TemporaryDirectory() as scratch:
        source, program = pathlib.Path(scratch, "layout.c"), pathlib.Path(scratch, "layout")
        source.write_text("\n".join(lines) + "\n", encoding="utf-8")
        subprocess.run([compiler, "-std=c11", f"-I{root}", str(source), "-o", str(program)], check=True)
        return subprocess.run([str(program)], check=True, capture_output=True, text=True).stdout.splitlines()


def main(root, golden, compiler, write):
    golden = pathlib.Path(golden)
    now = listing(root, compiler)
    known = golden.read_text(encoding="utf-8").splitlines() if golden.exists() else []
    broken = [line for line in known if line not in now]
    added = [line for line in now if line not in known]
    if broken:
        print("the layout is broken; these were promised:\n  " + "\n  ".join(broken))
        return 1
    if added and write:
        golden.write_text("\n".join(now) + "\n", encoding="utf-8")
    elif added:
        print("not in the listing yet (layout.py --write adds them):\n  " + "\n  ".join(added))
        return 1
    print(f"{len(now)} fields lie where they lay")
    return 0 if now else 1


if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
    print(__doc__)
    sys.exit(len(sys.argv) < 2)
arguments = [argument for argument in sys.argv[1:] if argument != "--write"]
sys.exit(main(*arguments, "--write" in sys.argv))
