#!/usr/bin/env python3
"""What an author does, from an install prefix and outside of the source tree.

Usage: installed_sdk_test.py SOURCE_ROOT TIDECTL WORK_DIRECTORY PART [C_COMPILER CXX_COMPILER]

Installs the SDK's headers and CMake package into a prefix and puts tidectl there. Then, by PART:
  templates  makes one plugin of each template with `tidectl plugin new`, builds it against the prefix alone, runs its
             tests (the conformance kit) and inspects it
  examples   does the same with each folder of examples/plugins
  rust       builds the example in Rust and runs the conformance kit; exits with 77 (skipped) where cargo is missing
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys

KINDS = [(language, kind) for language in ("cpp", "c")
         for kind in ("partitioner", "transform", "retention", "codec", "authenticator", "authorizer")]


def run(*command, **options):
    ran = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=500, check=False,
                         **options)
    if ran.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\nanswers {ran.returncode}\n{ran.stdout}{ran.stderr}")
    return ran.stdout


def test(work):
    """Runs the tests that a plugin has: the conformance kit."""
    tested = run("ctest", "--test-dir", work, "--output-on-failure")
    assert "100% tests passed, 0 tests failed out of 1" in tested, tested


def templates(_, work, prefix, environment):
    for language, kind in KINDS:
        name = f"{kind}_in_{language}"
        folder = work / name
        made = json.loads(run(prefix / "bin/tidectl", "--json", "plugin", "new", "--kind", kind, "--lang", language, name,
                              "--folder", folder))
        assert len(made["files"]) == 3, made
        assert not [file for file in folder.rglob("*") if file.is_file() and "my_plugin" in file.read_text()], folder
        # What it says comes next is what works.
        run("bash", "-ec", made["next"], env=environment | {"PATH": f"{prefix / 'bin'}:{environment['PATH']}"})
        test(folder / "build")
        described = json.loads(run(prefix / "bin/tidectl", "--json", "plugin", "inspect", folder / f"build/{name}.so"))
        assert described["name"] == name and described["faults"] == [], described
        assert [one["id"] for one in described["kinds"]] == [f"tidemill.{kind}/1"], described
        assert described["exports"] == ["tidemill_plugin_v1"], described
        print(f"{name}: made, built, conforms")


def examples(root, work, prefix, environment):
    folders = sorted(file.parent for file in (root / "examples/plugins").glob("*/CMakeLists.txt"))
    assert len(folders) >= 6, folders
    for folder in folders:
        run("cmake", "-S", folder, "-B", work / folder.name, f"-DCMAKE_PREFIX_PATH={prefix}", env=environment)
        run("cmake", "--build", work / folder.name)
        test(work / folder.name)
        print(f"{folder.name}: built, conforms")


def rust(root, work, prefix, environment):
    if not shutil.which("cargo"):
        print("skipped: cargo is not installed")
        sys.exit(77)
    run("cargo", "build", "--release", "--offline", "--target-dir", work / "rust", env=environment,
        cwd=root / "examples/plugins/tenant_rust")
    print(run(prefix / "bin/tidectl", "plugin", "validate", work / "rust/release/libtenant_rust.so"))


def main(root, tidectl, work, part, *compilers):
    root, work = pathlib.Path(root), pathlib.Path(work) / part
    shutil.rmtree(work, ignore_errors=True)
    prefix = work / "prefix"
    environment = dict(os.environ)
    if compilers:
        environment.update(CC=compilers[0], CXX=compilers[1])
    run("cmake", "-S", root / "sdk", "-B", work / "sdk", "-DTIDEMILL_SDK_TOOLS=OFF", env=environment)
    run("cmake", "--install", work / "sdk", "--prefix", prefix)
    (prefix / "bin").mkdir(exist_ok=True)
    shutil.copy(tidectl, prefix / "bin/tidectl")
    {"templates": templates, "examples": examples, "rust": rust}[part](root, work, prefix, environment)


main(*sys.argv[1:])
