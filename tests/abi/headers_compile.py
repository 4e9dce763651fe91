#!/usr/bin/env python3
"""Every header of the SDK compiles alone: the C ones as C11 and as C++20, the C++ ones as C++20, with gcc and, where it
is installed, clang. Usage: headers_compile.py INCLUDE_DIRECTORY"""
import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import sys

WARNINGS = ["-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wno-pragma-once-outside-header", "-Werror"]
LANGUAGES = {"c": ["-std=c11"], "c++": ["-std=c++20"]}


def compilers():
    for names, language in ((("gcc",), "c"), (("g++",), "c++"), (("clang-19", "clang"), "c"), (("clang++-19", "clang++"), "c++")):
        found = next((name for name in names if shutil.which(name)), None)
        if found:
            yield found, language


def compile_alone(job):
    compiler, language, root, header = job
    done = subprocess.run([compiler, "-x", language, *LANGUAGES[language], *WARNINGS, "-fsyntax-only", f"-I{root}",
                           "-include", str(header), "/dev/null"], capture_output=True, text=True, check=False)
    return job, done.returncode, done.stderr


def main(root):
    root = pathlib.Path(root)
    jobs = [(compiler, language, root, header)
            for compiler, language in compilers()
            for header in sorted(root.rglob("*.h*"))
            # The C++ side with every compiler once, by the header that includes all of it; alone with the first.
            if header.suffix == ".h" or (language == "c++" and (compiler == "g++" or header.name == "plugin.hpp"))]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for (compiler, language, _, header), status, output in pool.map(compile_alone, jobs):
            if status != 0:
                failed += 1
                print(f"{header.name} does not compile with {compiler} as {language}:\n{output}")
    print(f"{len(jobs) - failed} of {len(jobs)} compilations passed")
    return 1 if failed or not jobs else 0


if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
    print(__doc__)
    sys.exit(len(sys.argv) < 2)
sys.exit(main(sys.argv[1]))
