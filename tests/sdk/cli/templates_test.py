#!/usr/bin/env python3
"""What an author does, from an install prefix and outside of the source tree.

Usage: templates_test.py SOURCE_ROOT TIDECTL WORK_DIRECTORY [C_COMPILER CXX_COMPILER]

Installs the SDK's headers and CMake package into a prefix, puts tidectl there, makes one plugin of each template with
`tidectl plugin new`, builds it against the prefix alone, runs its tests (the conformance kit) and inspects it.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys

KINDS = [("cpp", kind) for kind in ("partitioner", "transform", "retention", "codec", "authenticator", "authorizer")]
KINDS.append(("c", "partitioner"))


def run(*command, **options):
    ran = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=500, check=False,
                         **options)
    if ran.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\nanswers {ran.returncode}\n{ran.stdout}{ran.stderr}")
    return ran.stdout


def main(root, tidectl, work, *compilers):
    work = pathlib.Path(work)
    shutil.rmtree(work, ignore_errors=True)
    prefix = work / "prefix"
    environment = dict(os.environ)
    if compilers:
        environment.update(CC=compilers[0], CXX=compilers[1])
    run("cmake", "-S", pathlib.Path(root) / "sdk", "-B", work / "sdk", "-DTIDEMILL_SDK_TOOLS=OFF", env=environment)
    run("cmake", "--install", work / "sdk", "--prefix", prefix)
    (prefix / "bin").mkdir(exist_ok=True)
    shutil.copy(tidectl, prefix / "bin/tidectl")
    for language, kind in KINDS:
        name = f"{kind}_in_{language}"
        folder = work / name
        made = json.loads(run(prefix / "bin/tidectl", "--json", "plugin", "new", "--kind", kind, "--lang", language, name,
                              "--folder", folder))
        assert len(made["files"]) == 3, made
        assert not [file for file in folder.rglob("*") if file.is_file() and "my_plugin" in file.read_text()], folder
        run("cmake", "-S", folder, "-B", folder / "build", f"-DCMAKE_PREFIX_PATH={prefix}", env=environment)
        run("cmake", "--build", folder / "build")
        tested = run("ctest", "--test-dir", folder / "build", "--output-on-failure")
        assert "100% tests passed, 0 tests failed out of 1" in tested, tested
        described = json.loads(run(prefix / "bin/tidectl", "--json", "plugin", "inspect", folder / f"build/{name}.so"))
        assert described["name"] == name and described["faults"] == [], described
        assert [one["id"] for one in described["kinds"]] == [f"tidemill.{kind}/1"], described
        assert described["exports"] == ["tidemill_plugin_v1"], described
        print(f"{name}: made, built, conforms")


main(*sys.argv[1:])
