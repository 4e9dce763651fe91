#!/usr/bin/env python3
"""Calls that would make the kernel depend on the world behind io's back. Usage: banned_calls.py ROOT"""
import pathlib
import re
import sys

# pattern, where it is allowed, what to use instead
BANNED = [
    (r"(steady|system|high_resolution)_clock::now", "kernel/io", "io::clock"),
    (r"\b(s?rand|random_device|getrandom)\s*\(", "kernel/io", "io::random"),
    (r"std::(thread|jthread|async|mutex|condition_variable)\b", "kernel/io", "io::event_loop or io::blocking_pool"),
    (r"(?<![\w:.>])::(open|close|read|write|pread|pwrite|fsync|fdatasync|rename|unlink)\s*\(", "kernel/io", "io::disk"),
    (r"std::(i|o)?fstream\b", "kernel/io", "io::disk"),
    (r"std::filesystem\b", "kernel/io", "io::disk"),
    (r"\b(sleep_for|sleep_until|usleep|nanosleep)\s*\(", "kernel/io", "io::event_loop::schedule"),
    (r"#include <(iostream|regex)>", None, "io's log seam, RE2"),
    (r"\bthrow\b(?!;)", None, "result<T>"),
    (r"\.detach\(\)|co_spawn\([^)]*detached", None, "an owner that joins"),
    (r"\b(TODO|FIXME|XXX)\b", None, "do it, or write it down in the tracker"),
]
# Files that may match one of the patterns, with the reason.
EXCEPTIONS = {
    "kernel/server/main.cpp": ("", "the process's own edge: reads the environment and the configuration"),
    "kernel/log/data_directory.hpp": ("mutex", "checkpoints of all shards meet here, off the produce and fetch paths"),
    "kernel/log/data_directory.cpp": ("mutex", "as its header"),
    "kernel/log/ballast.hpp": ("mutex", "whoever meets the full disk lets go of it, off the produce and fetch paths"),
    "kernel/log/ballast.cpp": ("mutex", "as its header"),
    "kernel/log/sync_group.cpp": ("mutex", "shards hand their files to the one sync round of the directory"),
    "kernel/extension/completions.hpp": ("mutex", "plugins complete calls from threads of their own"),
    "kernel/extension/completions.cpp": ("mutex", "as its header"),
    "kernel/extension/metric_names.hpp": ("mutex", "plugins register on threads that may be left behind"),
    "kernel/extension/metric_names.cpp": ("mutex", "as its header"),
    "kernel/extension/codec_adapter.hpp": ("mutex", "taken once by each thread, and when a plugin is replaced"),
    "kernel/extension/codec_adapter.cpp": ("mutex", "as its header"),
    "kernel/io/patient_thread.cpp": ("detach", "a call of a plugin that never returns cannot be joined"),
    "kernel/quota/quota_book.hpp": ("mutex", "taken once by each connection, and when a quota changes: clients of all shards share"),
    "kernel/quota/quota_book.cpp": ("mutex", "as its header"),
    "kernel/network/slab_pool.cpp": ("mutex", "a frame's memory may be let go on another shard's thread"),
}


def strip_comments_and_strings(text):
    text = re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group().count("\n"), text, flags=re.DOTALL)
    text = re.sub(r'"(\\.|[^"\\\n])*"', '""', text)
    return re.sub(r"//[^\n]*", "", text)


def main(root):
    root = pathlib.Path(root)
    errors, files = [], 0
    for file in sorted((root / "kernel").rglob("*.?pp")):
        relative = str(file.relative_to(root))
        files += 1
        raw = file.read_text(encoding="utf-8")
        code = strip_comments_and_strings(raw)
        for pattern, allowed, instead in BANNED:
            if allowed and relative.startswith(allowed):
                continue
            if relative in EXCEPTIONS and EXCEPTIONS[relative][0] in pattern:
                continue
            text = raw if "TODO" in pattern else code
            for match in re.finditer(pattern, text):
                line = text.count("\n", 0, match.start()) + 1
                errors.append(f"{relative}:{line}: '{match.group().strip()}': use {instead}")
    print("\n".join(errors) or f"{files} files keep to io")
    return 1 if errors or files == 0 else 0


if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
    print(__doc__)
    sys.exit(len(sys.argv) < 2)
sys.exit(main(sys.argv[1]))
