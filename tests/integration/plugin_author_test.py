#!/usr/bin/env python3
"""What the author of a plugin does, from `tidectl plugin new` to a second version under load, outside of the tree."""
import json
import os
import pathlib
import platform
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import unittest

from broker import BINARY, Broker, run as run_broker

ROOT = pathlib.Path(__file__).resolve().parents[2]
TIDECTL = os.environ.get("TIDECTL_BINARY") or str(pathlib.Path(BINARY).with_name("tidectl"))
KCAT = shutil.which("kcat") or shutil.which("kafkacat")


def run(*words):
    ran = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=200, check=False)
    if ran.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, words))}\nanswers {ran.returncode}\n{ran.stdout}{ran.stderr}")
    return ran.stdout


def text(value):
    return struct.pack(">h", len(value)) + value.encode()


def create_topic(broker, name, partitions, settings):
    """CreateTopics 2, as any admin tool sends it. Returns the error code."""
    body = struct.pack(">hhi", 19, 2, 7) + text("author") + struct.pack(">i", 1) + text(name)
    body += struct.pack(">ihii", partitions, 1, 0, len(settings))
    for key, value in settings.items():
        body += text(key) + text(value)
    body += struct.pack(">i?", 30000, False)
    with socket.create_connection(("127.0.0.1", broker.port), timeout=30) as peer, peer.makefile("rb") as answers:
        peer.sendall(struct.pack(">i", len(body)) + body)
        answer = answers.read(struct.unpack(">i", answers.read(4))[0])
    # Correlation id, throttle time, one topic and its name.
    return struct.unpack_from(">h", answer, 4 + 4 + 4 + 2 + len(name))[0]


@unittest.skipUnless(os.access(TIDECTL, os.X_OK), "tidectl is not built")
class WithPlugins(unittest.TestCase):
    def setUp(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="tidemill-author-"))
        self.addCleanup(shutil.rmtree, self.home, ignore_errors=True)
        self.plugins = self.home / "plugins"
        self.plugins.mkdir(mode=0o755)
        self.words = "--set", f"extensions.directories={self.plugins}"
        if run_broker(*self.words, "--check-config").returncode != 0:
            self.skipTest("this broker loads no plugins")

    def tidectl(self, *words):
        return run(TIDECTL, "--json", "plugin", *words)


class FirstSdk(WithPlugins):
    @unittest.skipUnless(platform.machine() == "x86_64", "the binaries are for x86-64")
    def test_plugins_built_by_the_first_sdk_are_loaded(self):
        built = sorted((ROOT / "tests/abi/first_sdk").glob("*.so"))
        for file in built:
            shutil.copy(file, self.plugins / file.name)
            os.chmod(self.plugins / file.name, 0o644)
        with Broker(*self.words) as broker:
            broker.start()
            admin = f"127.0.0.1:{broker.admin_port}"
            shown = json.loads(self.tidectl("list", "--admin", admin))
            self.assertEqual(shown["problems"], [])
            self.assertGreaterEqual({one["name"] for one in shown["plugins"]}, {file.stem for file in built})
            for setting, name in (("tidemill.partitioner", "first_partitioner_c"),
                                  ("tidemill.partitioner", "first_partitioner_cpp"),
                                  ("tidemill.validate", "first_transform_cpp"),
                                  ("tidemill.retention", "first_retention_cpp")):
                self.assertEqual(create_topic(broker, f"by_{name}", 2, {setting: name}), 0)


@unittest.skipUnless(KCAT, "kcat is not installed")
class Author(WithPlugins):

    def build(self):
        """Installs the SDK, and makes, builds and validates a plugin with it."""
        run("cmake", "-S", ROOT / "sdk", "-B", self.home / "sdk", "-DTIDEMILL_SDK_TOOLS=OFF")
        run("cmake", "--install", self.home / "sdk", "--prefix", self.home / "prefix")
        self.tidectl("new", "--kind", "partitioner", "vip", "--folder", self.home / "vip")
        run("cmake", "-S", self.home / "vip", "-B", self.home / "build", f"-DCMAKE_PREFIX_PATH={self.home / 'prefix'}")
        run("cmake", "--build", self.home / "build")
        self.tidectl("validate", self.home / "build/vip.so")

    def install(self):
        """Puts the file in its place at once, as a package manager does."""
        shutil.copy(self.home / "build/vip.so", self.home / "plugins/vip.next")
        os.chmod(self.home / "plugins/vip.next", 0o644)
        os.replace(self.home / "plugins/vip.next", self.home / "plugins/vip.so")

    def next_version(self):
        source = self.home / "vip/vip.cpp"
        source.write_text(source.read_text().replace('"0.1.0"', '"0.2.0"'))
        run("cmake", "--build", self.home / "build")
        self.tidectl("validate", self.home / "build/vip.so", "--filter", "file.")

    def shown(self, admin):
        """The current instance of the plugin, as the broker lists it."""
        said = json.loads(self.tidectl("list", "--admin", admin))
        return [one for one in said["instances"] if one["name"] == "vip" and one["state"] != "retired"]

    def test_a_plugin_made_outside_of_the_tree_is_put_to_work_and_replaced_under_load(self):
        self.build()
        with Broker(*self.words) as broker:
            broker.start()
            admin = f"127.0.0.1:{broker.admin_port}"
            self.install()
            self.tidectl("reload", "--admin", admin)
            self.assertEqual(create_topic(broker, "orders", 6, {
                "tidemill.partitioner": "vip", "tidemill.partitioner.mode": "verify-warn"}), 0)
            self.assertEqual([one["version"] for one in self.shown(admin)], ["0.1.0"])
            producer = subprocess.Popen([KCAT, "-P", "-b", broker.address, "-t", "orders", "-K", ":", "-X",
                                         "linger.ms=1"], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            sent = self.send_until_called(producer, 0, admin, "0.1.0")
            self.next_version()
            self.install()
            self.tidectl("reload", "--admin", admin)
            sent = self.send_until_called(producer, sent, admin, "0.2.0")
            _, errors = producer.communicate(timeout=120)
            self.assertEqual(producer.returncode, 0, errors)
            # Every record is there once, whichever version looked at it.
            kept = run(KCAT, "-C", "-e", "-q", "-b", broker.address, "-t", "orders", "-f", "%k\n").split()
            self.assertEqual(sorted(kept), sorted(f"key-{number}" for number in range(sent)))
            metrics = broker.get("/metrics")[1]
            self.assertTrue(re.search(r'tidemill_plugin_\w+\{[^}]*instance="vip"', metrics), metrics[:2000])
            self.tidectl("disable", "vip", "--admin", admin)
            self.assertEqual([one["state"] for one in self.shown(admin)], ["disabled"])

    def send_until_called(self, producer, sent, admin, version):
        """Has records sent until that version has looked at some; how many there are then."""
        for _ in range(2000):
            if any(kind["calls"] for one in self.shown(admin) if one["version"] == version for kind in one["kinds"]):
                return sent
            producer.stdin.write("".join(f"key-{number}:value\n" for number in range(sent, sent + 500)))
            producer.stdin.flush()
            sent += 500
        raise AssertionError(f"version {version} is never called: {self.shown(admin)}")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
