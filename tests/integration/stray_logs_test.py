#!/usr/bin/env python3
"""Log directories that no topic owns: kept aside at the start, their names free again."""
import shutil
import signal
import socket
import struct
import unittest

from broker import Broker, kcat

DELETE_TOPICS = 20


def text(value):
    return struct.pack(">h", len(value)) + value.encode()


def delete_topic(broker, name):
    body = struct.pack(">i", 1) + text(name) + struct.pack(">i", 10000)
    frame = struct.pack(">hhi", DELETE_TOPICS, 1, 7) + text("stray-test") + body
    with socket.create_connection(("127.0.0.1", broker.port), timeout=20) as peer:
        peer.sendall(struct.pack(">i", len(frame)) + frame)
        with peer.makefile("rb") as answer:
            size, = struct.unpack(">i", answer.read(4))
            error, = struct.unpack(">h", answer.read(size)[-2:])
    if error != 0:
        raise AssertionError(f"DeleteTopics of {name}: error {error}\n{broker.log()}")


def produce(broker, data):
    kcat(broker, "-P", "-t", "test", "-p", "0", data=data)


def consume(broker):
    return kcat(broker, "-C", "-t", "test", "-p", "0", "-o", "beginning", "-e", "-q")


@unittest.skipUnless(shutil.which("kcat"), "kcat is not installed")
class StrayLogs(unittest.TestCase):
    def strays(self, broker):
        return list(broker.data.glob("test-0.*-stray"))

    def stray_lines(self, broker):
        return [line for line in broker.log().splitlines() if " stray_log " in line]

    def test_crash_between_deletion_and_rename_frees_the_name(self):
        for number in (signal.SIGTERM, signal.SIGKILL):
            with self.subTest(number), Broker() as broker:
                broker.start()
                produce(broker, b"old\n")
                log, kept = broker.data / "test-0", broker.home / "kept"
                shutil.copytree(log, kept)
                delete_topic(broker, "test")
                broker.wait_until(lambda: not log.exists(), "the directory has gone")
                broker.stop(number)
                shutil.copytree(kept, log)  # as if the rename had not come to pass
                broker.start()
                self.assertEqual(len(self.stray_lines(broker)), 1, broker.log())
                self.assertEqual(len(self.strays(broker)), 1)
                self.assertFalse(log.exists())
                produce(broker, b"new\n")
                self.assertEqual(consume(broker), b"new\n")
                broker.stop()
                broker.start()
                self.assertEqual(consume(broker), b"new\n")
                self.assertEqual(len(self.stray_lines(broker)), 1, "told once")
                self.assertIn(b"old", next(self.strays(broker)[0].glob("*.log")).read_bytes())

    def test_log_of_an_earlier_topic_of_that_name_is_not_served(self):
        with Broker() as broker:
            broker.start()
            produce(broker, b"old\n")
            log, kept = broker.data / "test-0", broker.home / "kept"
            shutil.copytree(log, kept)
            delete_topic(broker, "test")
            produce(broker, b"lost\n")
            broker.stop(signal.SIGKILL)
            shutil.rmtree(log)
            shutil.copytree(kept, log)
            broker.start()
            self.assertIn("it belongs to an earlier topic of that name", broker.log())
            produce(broker, b"new\n")
            self.assertEqual(consume(broker), b"new\n")

    def test_unfinished_deletion_is_finished(self):
        with Broker() as broker:
            broker.start().stop()
            doomed = broker.data / ("test-0." + "0" * 32 + "-delete")
            doomed.mkdir()
            (doomed / "00000000000000000000.log").write_bytes(b"x" * 1000)
            broker.start()
            self.assertIn("deletion_resumed", broker.log())
            broker.wait_until(lambda: not doomed.exists(), "the directory has gone")

    def test_deletion_cut_off_by_a_kill_is_finished_by_the_next_start(self):
        with Broker() as broker:
            broker.start()
            produce(broker, b"old\n")
            # Cut in steps of 64 MiB, which takes far longer than the kill.
            with open(broker.data / "test-0" / "large", "wb") as file:
                file.truncate(2 << 40)
            delete_topic(broker, "test")
            broker.wait_until(lambda: not (broker.data / "test-0").exists(), "the name is free")
            broker.stop(signal.SIGKILL)
            doomed, = broker.data.glob("test-0.*-delete")
            self.assertGreater((doomed / "large").stat().st_size, 0, "the kill came in the midst")
            broker.start()
            broker.wait_until(lambda: not doomed.exists(), "nothing is left")
            self.assertIn("deletion_resumed", broker.log())
            self.assertEqual(broker.get("/readyz"), (200, "ready\n"))


if __name__ == "__main__":
    unittest.main()
