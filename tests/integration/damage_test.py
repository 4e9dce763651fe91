#!/usr/bin/env python3
"""What disks and people do to a data directory while no broker runs: never silent, never worse than
it is, and each sentence says which file, what was found, what was expected and what to do."""
import pathlib
import shutil
import signal
import subprocess
import unittest

from broker import PATIENCE_SECONDS, Broker, kcat

METADATA = "__cluster_metadata-0"
FIRST_METADATA_FILE = "0" * 19 + "1.log"
FIRST_SEGMENT = "0" * 20 + ".log"


def topics_of(broker):
    done = subprocess.run(["kcat", "-b", broker.address, "-L"], capture_output=True, text=True,
                          timeout=PATIENCE_SECONDS, check=True)
    return {line.split('"')[1] for line in done.stdout.splitlines() if line.startswith("  topic ")}


def batches(data):
    """Positions of the record batches of a log file, and its end."""
    at = [0]
    while at[-1] + 12 <= len(data):
        at.append(at[-1] + 12 + int.from_bytes(data[at[-1] + 8:at[-1] + 12], "big"))
    return at


@unittest.skipUnless(shutil.which("kcat"), "kcat is not installed")
class Metadata(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """What a broker with three topics leaves behind, for each way to end."""
        cls.left = {}
        for number in (signal.SIGTERM, signal.SIGKILL):
            broker = Broker()
            cls.addClassCleanup(broker.__exit__, None, None, None)
            broker.start()
            for name in ("one", "two", "three"):
                kcat(broker, "-P", "-t", name, "-p", "0", data=b"x\n")
            broker.stop(number)
            cls.left[number] = broker.data

    def damaged(self, number, damage):
        """A broker that has been started on what was left and then damaged."""
        broker = Broker()
        self.addCleanup(broker.__exit__, None, None, None)
        shutil.copytree(self.left[number], broker.data)
        damage(broker.data / METADATA)
        return broker.spawn()

    def refused(self, number, damage, *sentences):
        broker = self.damaged(number, damage)
        self.assertEqual(broker.process.wait(PATIENCE_SECONDS), 1, broker.log())
        lines = [line for line in broker.log().splitlines() if " cannot_go_on " in line]
        self.assertEqual(len(lines), 1, broker.log())
        for sentence in sentences:
            self.assertIn(sentence, lines[0])
        self.assertEqual(len(list(broker.data.glob("*-stray"))), 0, "logs are left where they are")
        return broker

    @staticmethod
    def log_file(directory):
        return next(directory.glob("*.log"))

    def cut_batches(self, count):
        def cut(directory):
            path = self.log_file(directory)
            data = path.read_bytes()
            path.write_bytes(data[:batches(data)[-1 - count]])
        return cut

    def test_log_cut_at_a_batch_boundary_is_refused(self):
        for number in (signal.SIGTERM, signal.SIGKILL):
            for count in (1, 3):
                with self.subTest(number=number, count=count):
                    self.refused(number, self.cut_batches(count), f"{METADATA}/{FIRST_METADATA_FILE}",
                                 "the log ends at byte", "had been durable up to index",
                                 "put the file back from a copy", "remove ", "/committed")

    def test_log_cut_inside_a_batch_is_refused(self):
        def cut(directory):
            path = self.log_file(directory)
            path.write_bytes(path.read_bytes()[:-7])
        for number in (signal.SIGTERM, signal.SIGKILL):
            with self.subTest(number):
                self.refused(number, cut, "had been durable up to index")

    def test_log_file_that_is_missing_is_refused(self):
        for number in (signal.SIGTERM, signal.SIGKILL):
            with self.subTest(number):
                self.refused(number, lambda directory: self.log_file(directory).unlink(),
                             "the log file is missing")

    def test_directory_that_is_missing_is_refused(self):
        for number in (signal.SIGTERM, signal.SIGKILL):
            with self.subTest(number):
                self.refused(number, shutil.rmtree, "holds no metadata", "put the metadata log back")

    def test_directory_that_is_missing_is_refused_without_any_other_log(self):
        with Broker() as broker:
            broker.start().stop()
            shutil.rmtree(broker.data / METADATA)
            self.assertEqual(broker.spawn().process.wait(PATIENCE_SECONDS), 1)
            self.assertIn("holds no metadata", broker.log())

    def test_file_put_back_is_used(self):
        kept = {}

        def cut(directory):
            path = self.log_file(directory)
            kept[path] = path.read_bytes()
            path.write_bytes(kept[path][:-7])
        broker = self.refused(signal.SIGTERM, cut, "put the file back from a copy")
        for path, data in kept.items():
            path.write_bytes(data)
        broker.start()
        self.assertEqual(topics_of(broker), {"one", "two", "three"})

    def test_removing_the_mark_accepts_the_loss(self):
        broker = self.refused(signal.SIGKILL, self.cut_batches(1), "remove ")
        (broker.data / METADATA / "committed").unlink()
        broker.start()
        self.assertIn("metadata_repaired", broker.log())
        self.assertEqual(topics_of(broker), {"one", "two"})
        # What belonged to the topic that is lost is kept.
        self.assertEqual(len(list(broker.data.glob("three-0.*-stray"))), 1)

    def test_write_that_never_finished_is_cut(self):
        def tear(directory):
            with open(self.log_file(directory), "ab") as file:
                file.write(b"\0" * 100)
        broker = self.damaged(signal.SIGKILL, tear)
        broker.wait_for_log(" ready ")
        self.assertIn("metadata_repaired", broker.log())
        self.assertIn("cut 100 bytes of an unfinished write", broker.log())
        self.assertEqual(topics_of(broker), {"one", "two", "three"})


if __name__ == "__main__":
    unittest.main()
