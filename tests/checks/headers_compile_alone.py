#!/usr/bin/env python3
"""Each header compiles by itself. Usage: headers_compile_alone.py ROOT BUILD_DIRECTORY COMPILER"""
import concurrent.futures
import os
import pathlib
import subprocess
import sys

FLAGS = ["-std=c++20", "-fsyntax-only", "-x", "c++", "-Wall", "-Wextra", "-Werror", "-Wno-pragma-once-outside-header",
         "-DBOOST_ASIO_NO_DEPRECATED", "-DBOOST_ASIO_SEPARATE_COMPILATION", "-DBOOST_ERROR_CODE_HEADER_ONLY"]


def compile_alone(compiler, includes, header):
    done = subprocess.run([compiler, *FLAGS, *includes, "-include", str(header), "/dev/null"],
                          capture_output=True, text=True, check=False)
    return header, done.returncode, done.stderr


def main(root, build, compiler):
    root, generated = pathlib.Path(root), pathlib.Path(build) / "generated" / "kernel"
    headers = [h for h in sorted((root / "kernel").rglob("*.hpp")) if h.name != "precompiled.hpp"]
    # The generated protocol headers are all made alike: a few stand for the rest.
    headers += sorted(generated.rglob("*.hpp"))[::12]
    # The SDK's, but for the two of the testkit that take the file to test as a macro.
    headers += [h for h in sorted((root / "sdk").rglob("*.hpp"))
                if "template" not in h.parts and h.name not in ("codec_conformance.hpp", "hash_conformance.hpp")]
    includes = [f"-I{root / 'kernel'}", f"-I{generated}"]
    includes += [f"-I{root / 'sdk' / part}" for part in ("include", "testkit/include", "inspection/include",
                                                        "conformance/include", "conformance", "cli", "rules/include", "rules")]
    lua = subprocess.run(["pkg-config", "--cflags", "lua5.4"], capture_output=True, text=True, check=False)
    includes += [flag.replace("-I", "-isystem") for flag in lua.stdout.split()]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for header, status, output in pool.map(lambda h: compile_alone(compiler, includes, h), headers):
            if status != 0:
                failed += 1
                print(f"{header} does not compile alone:\n{output}")
    print(f"{len(headers) - failed} of {len(headers)} headers compile alone")
    return 1 if failed or not headers else 0


if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
    print(__doc__)
    sys.exit(len(sys.argv) < 2)
sys.exit(main(*sys.argv[1:4]))
