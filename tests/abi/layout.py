#!/usr/bin/env python3
"""Offset and size of every field of the plugin ABI, and every constant, compared with the listing that is checked in.

Usage: layout.py [--write | --self-test] INCLUDE_DIRECTORY GOLDEN COMPILER

A table or view may only grow at its end; a line that changes or vanishes breaks every plugin. `--write` adds what is
new, and refuses to change what is there. `--self-test` makes changes that break plugins, each of which has to be found.
"""
import contextlib
import io
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

STRUCT = re.compile(r"struct\s+(\w+)\s*\{(.*?)\n\}", re.DOTALL)
FIELD = re.compile(r"(?:\(\s*\*\s*(\w+)\s*\)\s*\(.*\)|(\w+)\s*(?:\[\w+\])?)\s*$", re.DOTALL)
CONSTANT = re.compile(r"^TIDEMILL_CONSTANT\(\w+,\s*(\w+),", re.MULTILINE)
# Macros that stand for one value.
MACRO = re.compile(r'^#define (TIDEMILL_\w+) ("[^"\n]*"|[0-9]\w*|\w+_(?:MIN|MAX))$', re.MULTILINE)
# What a minor release moves on.
MOVING = ("TIDEMILL_ABI_MINOR",)
# (what, file, from, to): each has to be found, though the compiler and most plugins would not notice.
BREAKING = [
    ("a status that changes", "abi.h", "TIDEMILL_UNAVAILABLE, -3)", "TIDEMILL_UNAVAILABLE, -30)"),
    ("two votes exchanged", "retention.h", "TIDEMILL_KEEP, 0)", "TIDEMILL_KEEP, 1)"),
    ("a bit that changes", "batch.h", "TIDEMILL_VALUES, 1u << 1)", "TIDEMILL_VALUES, 1u << 5)"),
    ("a constant renamed", "codec.h", "uint32_t, TIDEMILL_CODEC_GZIP,", "uint32_t, TIDEMILL_CODEC_ZLIB,"),
    ("another magic", "plugin.h", "MAGIC 0x31504d54u", "MAGIC 0x32504d54u"),
    ("another name of the exported symbol", "plugin.h", '"tidemill_plugin_v1"', '"tidemill_plugin_v2"'),
    ("another major", "abi.h", "TIDEMILL_ABI_MAJOR 1u", "TIDEMILL_ABI_MAJOR 2u"),
    ("the id of a kind", "partitioner.h", '"tidemill.partitioner/1"', '"tidemill.partitioner/2"'),
    ("the id of a service", "host.h", '"tidemill.host.metrics/1"', '"tidemill.host.metric/1"'),
    ("a value for none", "host.h", "TIDEMILL_NO_METRIC UINT32_MAX", "TIDEMILL_NO_METRIC INT32_MAX"),
    ("a field renamed", "retention.h", "int64_t high_watermark;", "int64_t high_mark;"),
    ("a field inserted", "retention.h", "int64_t high_watermark;", "int64_t inserted;\n  int64_t high_watermark;"),
    ("a field of another type and size", "batch.h", "const tidemill_bytes* keys;", "uint32_t keys;"),
]
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
        text = header.read_text(encoding="utf-8")
        for name in CONSTANT.findall(text) + [name for name, _ in MACRO.findall(text)]:
            if name not in MOVING:
                is_text = re.search(rf'^#define {name} "', text, re.MULTILINE)
                lines.append(f'printf("{name} %s\\n", {name});' if is_text else
                             f'printf("{name} %lld\\n", (long long)({name}));')
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
    print(f"{len(now)} fields lie where they lay, and constants are what they were")
    return 0 if now else 1


def self_test(root, golden, compiler):
    failed = 0
    for what, file, old, new in BREAKING:
        with tempfile.TemporaryDirectory() as folder:
            copy = pathlib.Path(folder, "include")
            shutil.copytree(root, copy)
            header = copy / "tidemill" / file
            text = header.read_text(encoding="utf-8")
            assert old in text, f"{file} has no '{old}': correct the list of changes"
            header.write_text(text.replace(old, new), encoding="utf-8")
            said = io.StringIO()
            with contextlib.redirect_stdout(said):
                is_found = main(copy, golden, compiler, False) == 1 and "is broken" in said.getvalue()
        failed += not is_found
        print(f"{'ok    ' if is_found else 'WRONG '} {what} {'is refused' if is_found else 'passes'}")
    return 1 if failed else 0


if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
    print(__doc__)
    sys.exit(len(sys.argv) < 2)
arguments = [argument for argument in sys.argv[1:] if argument != "--write"]
if arguments[0] == "--self-test":
    sys.exit(self_test(*arguments[1:]))
sys.exit(main(*arguments, "--write" in sys.argv))
