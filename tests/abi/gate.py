#!/usr/bin/env python3
"""The plugin ABI against its baseline, with abidiff (libabigail): only fields added at the end pass.

Usage: gate.py INCLUDE_DIRECTORY BASELINE C_COMPILER              is the ABI what it was, or longer?
       gate.py --self-test INCLUDE_DIRECTORY BASELINE C_COMPILER  do the changes that break plugins fail?
       gate.py --write INCLUDE_DIRECTORY BASELINE C_COMPILER      makes the baseline of a released minor

Exits with 77 (skipped) where abidiff is not installed (Debian: abigail-tools).
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
# Values that lie in arrays may not even grow.
FROZEN = ("tidemill_bytes", "tidemill_buffer", "tidemill_uuid", "tidemill_config_value", "tidemill_kind")
# abidiff answers 4 for an appended field as for an inserted one, and the suppressions of 2.2 let too much through. So
# its report is read: whatever is not a heading or about a field behind the old end is a break.
HEADING = re.compile(r"(Leaf changes|Changed leaf types) summary: .*|"
                     r"Removed/Changed/Added (functions|variables) summary: 0 Removed, 0 Changed, .*|"
                     r"  \d+ data member insertions?:|")
STRUCT = re.compile(r"'struct (\w+)(?: at [\w.]+:\d+:\d+)?' changed:")
SIZE = re.compile(r"  type size changed from (\d+) to (\d+) \(in bits\)")
FIELD = re.compile(r"    '.*', at offset (\d+) \(in bits\)(?: at [\w.]+:\d+:\d+)?")


# What would break plugins: (what, file, from, to). The last ones are what may happen.
BREAKING = [
    ("a field inserted into a table", "partitioner.h", "  uint32_t needs;\n  uint32_t reserved;\n",
     "  uint32_t needs;\n  uint64_t inserted;\n  uint32_t reserved;\n"),
    ("a field inserted into a view", "batch.h", "  const tidemill_bytes* keys;\n",
     "  const tidemill_bytes* inserted;\n  const tidemill_bytes* keys;\n"),
    ("a function inserted before another", "retention.h", "  tidemill_status (*vote)(",
     "  tidemill_status (*inserted)(tidemill_shard* shard);\n  tidemill_status (*vote)("),
    ("a field removed", "retention.h", "  int64_t high_watermark;\n", ""),
    ("two fields exchanged", "retention.h", "  int64_t log_start_offset;\n  int64_t last_stable_offset;\n",
     "  int64_t last_stable_offset;\n  int64_t log_start_offset;\n"),
    ("a parameter added", "codec.h", "uint32_t direction, tidemill_stream** stream,",
     "uint32_t direction, uint32_t added, tidemill_stream** stream,"),
    ("a field widened", "codec.h", "  uint32_t output_ratio_max;\n  uint32_t reserved;\n",
     "  uint64_t output_ratio_max;\n"),
    ("a frozen value that grows", "abi.h", "  size_t capacity;\n  size_t size;\n",
     "  size_t capacity;\n  size_t size;\n  size_t added;\n"),
]
HARMLESS = [
    ("a function added at the end of a table", "partitioner.h", "\n} tidemill_partitioner;",
     "\n  tidemill_status (*added)(tidemill_shard* shard);\n} tidemill_partitioner;"),
    ("a column added at the end of a view", "batch.h", "\n} tidemill_batch;",
     "\n  const uint32_t* added;\n} tidemill_batch;"),
    ("a service added at the end of the host", "host.h", "\n};\n\n/* ---- Log lines",
     "\n  void (*added)(const tidemill_host* host);\n};\n\n/* ---- Log lines"),
]


def build(include, compiler, folder):
    library = pathlib.Path(folder) / "surface.so"
    subprocess.run([compiler, "-std=c11", "-g", "-O0", "-fno-eliminate-unused-debug-types", "-shared", "-fPIC",
                    f"-I{include}", str(HERE / "surface.c"), "-o", str(library)], check=True, timeout=60)
    return library


def breaks_in(report):
    """The lines of abidiff's report that tell of more than fields behind the old end."""
    breaks, old_size_bits = [], None
    for line in report.splitlines():
        if HEADING.fullmatch(line):
            continue
        if (struct := STRUCT.fullmatch(line)) and struct[1] not in FROZEN:
            old_size_bits = None
        elif (size := SIZE.fullmatch(line)) and int(size[2]) > int(size[1]):
            old_size_bits = int(size[1])
        elif not ((field := FIELD.fullmatch(line)) and old_size_bits is not None and int(field[1]) >= old_size_bits):
            breaks.append(line)
    return breaks


def compare(include, baseline, compiler):
    """Whether the headers are compatible with the baseline, and what abidiff says."""
    with tempfile.TemporaryDirectory() as folder:
        ran = subprocess.run(["abidiff", "--leaf-changes-only", str(baseline), str(build(include, compiler, folder))],
                             capture_output=True, text=True, timeout=120, check=False)
    if ran.returncode & 3:
        sys.exit(f"abidiff does not work: {ran.stdout}{ran.stderr}")
    return not breaks_in(ran.stdout), ran.stdout


def changed(include, file, old, new, folder):
    copy = pathlib.Path(folder) / "include"
    shutil.copytree(include, copy)
    header = copy / "tidemill" / file
    text = header.read_text(encoding="utf-8")
    assert old in text, f"{file} has no '{old}': correct the list of changes"
    header.write_text(text.replace(old, new, 1), encoding="utf-8")
    return copy


def self_test(include, baseline, compiler):
    failed = 0
    for breaks, changes in ((True, BREAKING), (False, HARMLESS)):
        for what, file, old, new in changes:
            with tempfile.TemporaryDirectory() as folder:
                passes, _ = compare(changed(include, file, old, new, folder), baseline, compiler)
            right = passes != breaks
            failed += not right
            print(f"{'ok    ' if right else 'WRONG '} {what} {'passes' if passes else 'is refused'}")
    return 1 if failed else 0


def write(include, baseline, compiler):
    with tempfile.TemporaryDirectory() as folder:
        library = build(include, compiler, folder)
        text = subprocess.run(["abidw", "--no-show-locs", "--no-comp-dir-path", "--short-locs", str(library)],
                              capture_output=True, text=True, check=True, timeout=120).stdout
    # Where it was built is nobody's business, and would differ everywhere.
    text = re.sub(r" (path|comp-dir-path)='[^']*'", "", text)
    pathlib.Path(baseline).write_text(text, encoding="utf-8")
    return 0


def main(arguments):
    mode = arguments.pop(0) if arguments[0].startswith("--") else ""
    include, baseline, compiler = arguments
    if not shutil.which("abidiff"):
        print("skipped: abidiff is not installed (Debian: abigail-tools)")
        return 77
    if mode:
        return {"--self-test": self_test, "--write": write}[mode](include, baseline, compiler)
    passes, said = compare(include, baseline, compiler)
    print(said if not passes else "the ABI is that of the baseline, or longer at its ends")
    return 0 if passes else 1


if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
    print(__doc__)
    sys.exit(len(sys.argv) < 2)
sys.exit(main(sys.argv[1:]))
