#!/usr/bin/env python3
"""A data directory on a small file system that is filled to the last byte."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from broker import PATIENCE_SECONDS, Broker, kcat
from stray_logs_test import delete_topic


@unittest.skipUnless(shutil.which("kcat"), "kcat is not installed")
@unittest.skipUnless(os.geteuid() == 0, "only root may mount a file system")
class DiskFull(unittest.TestCase):
    def setUp(self):
        self.mount = pathlib.Path(tempfile.mkdtemp(prefix="tidemill-test-"))
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tidemill-test",
                                  str(self.mount)], capture_output=True, check=False)
        if mounted.returncode != 0:
            os.rmdir(self.mount)
            self.skipTest(f"no tmpfs can be mounted: {mounted.stderr.decode()}")
        self.addCleanup(os.rmdir, self.mount)
        self.addCleanup(subprocess.run, ["umount", "-l", str(self.mount)], check=True)

    def broker(self, *words):
        broker = Broker(*words, directory=self.mount / "data")
        self.addCleanup(broker.__exit__, None, None, None)
        return broker

    def fill(self):
        with open(self.mount / "filling", "ab", buffering=0) as file:
            for size in (1 << 20, 4096, 1):
                try:
                    while True:
                        file.write(b"x" * size)
                except OSError:
                    pass

    def produce(self, broker, data):
        return subprocess.run(["kcat", "-b", broker.address, "-P", "-t", "test", "-p", "0", "-X",
                               "message.timeout.ms=2000"], input=data, capture_output=True,
                              timeout=PATIENCE_SECONDS, check=False)

    @staticmethod
    def consume(broker):
        return kcat(broker, "-C", "-t", "test", "-p", "0", "-o", "beginning", "-e", "-q")

    def test_reads_go_on_and_writing_resumes_when_there_is_space(self):
        broker = self.broker()
        broker.start()
        kcat(broker, "-P", "-t", "test", "-p", "0", data=b"before\n")
        self.fill()
        refused = self.produce(broker, b"x" * 10000 + b"\n")
        self.assertNotEqual(refused.returncode, 0, broker.log())
        self.assertIn("refuses records until there is room", broker.log())
        self.assertEqual(broker.get("/readyz")[1].splitlines()[0], "degraded")
        self.assertIn("test-0: refuses records", broker.get("/readyz")[1])
        self.assertEqual(self.consume(broker), b"before\n")
        os.unlink(self.mount / "filling")
        kcat(broker, "-P", "-t", "test", "-p", "0", data=b"after\n")
        self.assertEqual(self.consume(broker), b"before\nafter\n")
        self.assertEqual(broker.get("/readyz"), (200, "ready\n"))
        self.assertEqual(broker.stop(), 0)

    def test_stop_on_a_full_disk_is_clean(self):
        broker = self.broker()
        broker.start()
        kcat(broker, "-P", "-t", "test", "-p", "0", data=b"before\n")
        self.fill()
        self.produce(broker, b"x" * 10000 + b"\n")
        self.assertEqual(broker.stop(), 0, broker.log())
        self.assertTrue((broker.data / ".kafka_cleanshutdown").exists())
        broker.start()
        self.assertIn("was_clean=true", broker.log())
        self.assertEqual(self.consume(broker), b"before\n")

    def test_topics_can_be_deleted_on_a_full_disk(self):
        broker = self.broker()
        broker.start()
        for turn in range(3):
            kcat(broker, "-P", "-t", "test", "-p", "0", data=b"y" * 900000 + b"\n")
        self.fill()
        self.produce(broker, b"x" * 10000 + b"\n")
        delete_topic(broker, "test")
        broker.wait_until(lambda: not list(broker.data.glob("test-0*")), "its files have gone")
        kcat(broker, "-P", "-t", "test", "-p", "0", data=b"new\n")
        self.assertEqual(self.consume(broker), b"new\n")

    def test_writers_do_not_get_what_is_kept_back(self):
        broker = self.broker()
        broker.start()
        kcat(broker, "-P", "-t", "test", "-p", "0", data=b"before\n")
        self.fill()
        self.produce(broker, b"x" * 10000 + b"\n")
        broker.wait_until(lambda: (broker.data / "ballast").stat().st_size == 0, "checkpoints need room")
        for _ in range(3):
            self.assertNotEqual(self.produce(broker, b"x" * 10000 + b"\n").returncode, 0, broker.log())
        space = os.statvfs(self.mount)
        self.assertGreater(space.f_bavail * space.f_frsize, 3 << 20)
        self.assertEqual(broker.stop(), 0, broker.log())
        broker.start()
        self.assertNotEqual(self.produce(broker, b"x" * 10000 + b"\n").returncode, 0, broker.log())
        os.unlink(self.mount / "filling")
        kcat(broker, "-P", "-t", "test", "-p", "0", data=b"after\n")
        self.assertEqual(self.consume(broker), b"before\nafter\n")
        self.assertEqual((broker.data / "ballast").stat().st_size, 4 << 20)
        self.assertEqual(broker.stop(), 0)

    def test_without_a_ballast_a_stop_says_that_it_was_not_clean(self):
        broker = self.broker("--set", "log.ballast_bytes=0")
        broker.start()
        kcat(broker, "-P", "-t", "test", "-p", "0", data=b"before\n")
        self.fill()
        self.assertEqual(broker.stop(), 1)
        self.assertIn("No space left on device", broker.log())
        os.unlink(self.mount / "filling")
        broker.start()
        self.assertEqual(self.consume(broker), b"before\n")


if __name__ == "__main__":
    unittest.main()
