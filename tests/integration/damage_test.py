#!/usr/bin/env python3
"""What disks and people do to a data directory while no broker runs: never silent, never worse than
it is, and each sentence says which file, what was found, what was expected and what to do."""
import json
import re
import shutil
import signal
import subprocess
import unittest

from broker import PATIENCE_SECONDS, Broker, kcat
from stray_logs_test import delete_topic

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


# Several segments of the least size that a topic can have.
COUNT = 50
LINES = b"".join(b"record %d " % i + b"x" * 100000 + b"\n" for i in range(COUNT))


@unittest.skipUnless(shutil.which("kcat"), "kcat is not installed")
class Logs(unittest.TestCase):
    """One partition is damaged; the other is served all the while."""

    @classmethod
    def setUpClass(cls):
        cls.left = {}
        for number in (signal.SIGTERM, signal.SIGKILL):
            broker = Broker("--set", "topic_defaults.segment.bytes=1048576",
                            "--set", "log.flush_interval=100ms",
                            "--set", "log.recovery_point_interval=1s")
            cls.addClassCleanup(broker.__exit__, None, None, None)
            broker.start()
            for name in ("hurt", "whole"):
                kcat(broker, "-P", "-t", name, "-p", "0", "-X", "batch.num.messages=1", data=LINES)
            checkpoint = broker.data / "recovery-point-offset-checkpoint"
            broker.wait_until(
                lambda: checkpoint.exists() and f"hurt 0 {COUNT}" in checkpoint.read_text(),
                "the recovery point is written")
            broker.stop(number)
            cls.left[number] = broker.data

    def damaged(self, number, damage, *words):
        broker = Broker(*words)
        self.addCleanup(broker.__exit__, None, None, None)
        shutil.copytree(self.left[number], broker.data)
        damage(broker.data / "hurt-0")
        broker.start()
        return broker

    @staticmethod
    def segments(directory):
        return sorted(directory.glob("*.log"))

    @staticmethod
    def consume(broker, topic, start="beginning"):
        return kcat(broker, "-C", "-t", topic, "-p", "0", "-o", str(start), "-e", "-q")

    def touch(self, broker):
        """Makes the broker open the log, without waiting for what a client makes of the error."""
        client = subprocess.Popen(["kcat", "-b", broker.address, "-C", "-t", "hurt", "-p", "0",
                                   "-o", "0", "-q"], stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL)
        self.addCleanup(client.wait)
        self.addCleanup(client.stdout.close)
        self.addCleanup(client.kill)
        return client

    def is_told(self, broker, *sentences):
        self.touch(broker)
        def last_line():
            return [line for line in broker.log().splitlines() if " partition_failed " in line][-1:]
        broker.wait_until(lambda: "accept-loss" in "".join(last_line()), "the damage is told")
        line, = last_line()
        self.assertIn(" partition=hurt-0 ", line)
        status, page = broker.get("/readyz")
        self.assertEqual((status, page.splitlines()[0]), (200, "degraded"))
        self.assertEqual(broker.get("/healthz")[0], 200)
        for sentence in (*sentences, "accept-loss"):
            self.assertIn(sentence, line)
            self.assertIn(sentence, page)
        failed = json.loads(broker.get("/v1/broker")[1])["failed_partitions"]
        self.assertEqual([each["partition"] for each in failed], ["hurt-0"])
        self.assertRegex(broker.get("/metrics")[1],
                         r'(?m)^tidemill_partitions_failed\{shard="\d+"\} 1$')
        self.assertEqual(self.consume(broker, "whole"), LINES)

    def test_segment_that_is_missing_stops_that_partition(self):
        for number in (signal.SIGTERM, signal.SIGKILL):
            for index in (1, -1):
                with self.subTest(number=number, index=index):
                    broker = self.damaged(
                        number, lambda where, at=index: self.segments(where)[at].unlink())
                    # After a kill what is missing shows by the hole that it leaves.
                    self.is_told(broker, "hurt-0", "expected ")

    def test_segment_that_is_cut_stops_that_partition(self):
        def cut(where):
            path = self.segments(where)[1]
            path.write_bytes(path.read_bytes()[:-20])
        for number in (signal.SIGTERM, signal.SIGKILL):
            with self.subTest(number):
                self.is_told(self.damaged(number, cut), ".log at byte ", "expected ")

    def test_directory_that_is_missing_stops_that_partition(self):
        for number in (signal.SIGTERM, signal.SIGKILL):
            with self.subTest(number):
                broker = self.damaged(number, shutil.rmtree)
                self.is_told(broker, "found no directory, expected records up to offset 50")
                # It is not forgotten by another restart, clean or not.
                for again in (signal.SIGTERM, signal.SIGKILL):
                    broker.stop(again)
                    broker.log_path.unlink()
                    broker.start()
                    self.is_told(broker, "expected records up to offset 50")

    def test_directory_whose_loss_is_accepted_goes_on_behind_it(self):
        broker = self.damaged(signal.SIGTERM, shutil.rmtree)
        self.is_told(broker, "found no directory")
        broker.stop()
        where = broker.data / "hurt-0"
        where.mkdir()
        (where / "accept-loss").touch()
        broker.start()
        kcat(broker, "-P", "-t", "hurt", "-p", "0", data=b"new\n")
        self.assertIn("partition_loss_accepted partition=hurt-0", broker.log())
        self.assertFalse((where / "accept-loss").exists())
        for number in (signal.SIGKILL, signal.SIGTERM):
            got = kcat(broker, "-C", "-t", "hurt", "-p", "0", "-o", "beginning", "-e", "-q", "-f",
                       "%o %s\n")
            self.assertEqual(got, b"50 new\n")
            self.assertEqual(broker.get("/readyz"), (200, "ready\n"))
            broker.stop(number)
            broker.start()

    def test_segment_whose_loss_is_accepted_leaves_what_lies_behind(self):
        def remove(where):
            self.segments(where)[1].unlink()
            (where / "accept-loss").touch()
        for number in (signal.SIGTERM, signal.SIGKILL):
            with self.subTest(number):
                third = int(self.segments(self.left[number] / "hurt-0")[2].stem)
                broker = self.damaged(number, remove)
                got = self.consume(broker, "hurt")
                self.assertEqual(got, b"".join(LINES.splitlines(True)[third:]))
                self.assertEqual(broker.get("/readyz"), (200, "ready\n"))
                self.assertTrue(list((broker.data / "hurt-0").glob("*.log.lost")))

    def test_file_put_back_is_used(self):
        kept = {}

        def remove(where):
            path = self.segments(where)[1]
            kept[path] = path.read_bytes()
            path.unlink()
        broker = self.damaged(signal.SIGTERM, remove)
        self.is_told(broker, "found no file")
        for path, data in kept.items():
            path.write_bytes(data)
        broker.wait_until(lambda: broker.get("/readyz")[1] == "ready\n", "it is open again")
        self.assertEqual(self.consume(broker, "hurt"), LINES)

    def flip(self, where, index):
        path = self.segments(where)[index]
        data = bytearray(path.read_bytes())
        at = batches(data)[1] + 70  # among the records, not in the header
        data[at] ^= 1
        path.write_bytes(data)

    def test_flipped_byte_is_found_in_the_background(self):
        for number in (signal.SIGTERM, signal.SIGKILL):
            with self.subTest(number):
                broker = self.damaged(number, lambda where: self.flip(where, 1), "--set",
                                      "log.scrub_interval=200ms", "--set",
                                      "log.scrub_bytes_per_second=100MiB")
                self.is_told(broker, "found a checksum does not fit, expected a sound batch",
                             ".log at byte ")
                # And it is remembered, without a scrub.
                broker.stop()
                broker.log_path.unlink()
                broker.words = ["--set", "log.scrub_bytes_per_second=0"]
                broker.start()
                self.is_told(broker, "found a checksum does not fit, expected a sound batch")
                # Mended, it is used again.
                self.flip(broker.data / "hurt-0", 1)
                broker.wait_until(lambda: broker.get("/readyz")[1] == "ready\n", "it is mended")
                self.assertEqual(self.consume(broker, "hurt"), LINES)
                self.assertFalse((broker.data / "hurt-0" / "damaged").exists())

    def test_segment_removed_from_a_running_broker_is_found_in_the_background(self):
        broker = self.damaged(signal.SIGTERM, lambda where: None, "--set",
                              "log.scrub_interval=200ms", "--set",
                              "log.scrub_bytes_per_second=100MiB")
        self.assertEqual(self.consume(broker, "hurt"), LINES)
        self.segments(broker.data / "hurt-0")[1].unlink()
        self.is_told(broker, "found no file")

    def test_scrub_of_sound_logs_says_nothing(self):
        broker = self.damaged(signal.SIGTERM, lambda where: None, "--set",
                              "log.scrub_interval=100ms", "--set",
                              "log.scrub_bytes_per_second=100MiB")
        self.assertEqual(self.consume(broker, "hurt"), LINES)

        def passes():
            text = broker.get("/metrics")[1]
            return sum(float(n) for n in
                       re.findall(r"(?m)^tidemill_scrub_passes_total\{[^}]*\} (\S+)$", text))
        broker.wait_until(lambda: passes() >= 3, "logs were scrubbed")
        self.assertEqual(broker.get("/readyz"), (200, "ready\n"))

    def test_topic_deleted_and_made_again_is_no_loss(self):
        broker = self.damaged(signal.SIGTERM, shutil.rmtree)
        self.is_told(broker, "found no directory")
        delete_topic(broker, "hurt")
        kcat(broker, "-P", "-t", "hurt", "-p", "0", data=b"new\n")
        self.assertEqual(self.consume(broker, "hurt"), b"new\n")
        self.assertEqual(broker.get("/readyz"), (200, "ready\n"))


if __name__ == "__main__":
    unittest.main()
