"""Consumer groups of the real binary: stock clients share the work, and no committed offset is ever lost."""
import contextlib
import os
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time
import unittest

from broker import PATIENCE_SECONDS, Broker

KCAT = shutil.which("kcat") or shutil.which("kafkacat")
KILLS = int(os.environ.get("TIDEMILL_KILLS", "8"))


def text(value):
    return struct.pack(">h", len(value)) + value.encode()


class Committer:
    """Commits and fetches offsets with plain requests: OffsetCommit 2, OffsetFetch 1, FindCoordinator 0."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        self.correlation = 0

    def close(self):
        self.socket.close()

    def ask(self, key, version, body):
        self.correlation += 1
        frame = struct.pack(">hhi", key, version, self.correlation) + text("committer") + body
        self.socket.sendall(struct.pack(">i", len(frame)) + frame)
        size = struct.unpack(">i", self.receive(4))[0]
        return self.receive(size)[4:]

    def receive(self, size):
        data = b""
        while len(data) < size:
            piece = self.socket.recv(size - len(data))
            if not piece:
                raise ConnectionError("closed")
            data += piece
        return data

    def find(self, group):
        return struct.unpack(">h", self.ask(10, 0, text(group))[:2])[0]

    def commit(self, group, topic, offset):
        body = text(group) + struct.pack(">i", -1) + text("") + struct.pack(">q", -1)
        body += struct.pack(">i", 1) + text(topic) + struct.pack(">iiq", 1, 0, offset) + text("")
        return struct.unpack(">h", self.ask(8, 2, body)[-2:])[0]

    def fetch(self, group, topic):
        answer = self.ask(9, 1, text(group) + struct.pack(">i", 1) + text(topic) + struct.pack(">ii", 1, 0))
        at = 4 + 2 + len(topic) + 4 + 4
        offset = struct.unpack_from(">q", answer, at)[0]
        error = struct.unpack(">h", answer[-2:])[0]
        return offset, error


def until(condition, what):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        value = condition()
        if value is not None:
            return value
        time.sleep(0.05)
    raise AssertionError(f"{what} took longer than {PATIENCE_SECONDS} s")


@unittest.skipUnless(KCAT, "kcat is not installed")
class Groups(unittest.TestCase):
    def setUp(self):
        self.broker = Broker("--set", "groups.initial_rebalance_delay=100ms",
                             "--set", "groups.offsets_partitions=5").start()
        self.addCleanup(self.broker.__exit__)

    def produce(self, topic, lines):
        subprocess.run([KCAT, "-P", "-b", self.broker.address, "-t", topic], input="\n".join(lines) + "\n",
                       text=True, check=True, timeout=PATIENCE_SECONDS)

    def consume(self, group, topic):
        done = subprocess.run([KCAT, "-b", self.broker.address, "-G", group, "-q", "-e", "-X",
                               "auto.offset.reset=earliest", topic], text=True, capture_output=True,
                              check=True, timeout=PATIENCE_SECONDS)
        return done.stdout.splitlines()

    def test_group_goes_on_where_it_was_after_a_restart(self):
        self.produce("t", [str(number) for number in range(50)])
        self.assertEqual(len(self.consume("g", "t")), 50)
        self.broker.stop()
        self.broker.start()
        self.produce("t", ["new"])
        self.assertEqual(self.consume("g", "t"), ["new"])

    def test_metrics_count_groups(self):
        self.produce("t", ["a"])
        self.consume("g", "t")
        page = self.broker.get("/metrics")[1]
        self.assertRegex(page, r'tidemill_groups\{state="Empty"\} 1')
        self.assertRegex(page, r"tidemill_group_commits_total\S* [1-9]")
        self.assertRegex(page, r"tidemill_group_rebalances_total\S* [1-9]")

    def test_kill_during_commits_loses_no_committed_offset(self):
        """Several threads commit rising offsets; after each kill -9 nothing acknowledged has gone back."""
        self.produce("t", ["a"])
        groups = [f"group-{number}" for number in range(4)]
        acknowledged = dict.fromkeys(groups, -1)
        sent = dict.fromkeys(groups, 0)
        for _ in range(KILLS):
            stop = threading.Event()
            threads = [threading.Thread(target=self.commit_until, args=(group, acknowledged, sent, stop))
                       for group in groups]
            before = dict(acknowledged)
            for thread in threads:
                thread.start()
            until(lambda: True if all(acknowledged[each] > before[each] + 20 for each in groups) else None,
                  "committing in every group")
            self.broker.stop(signal.SIGKILL)
            stop.set()
            for thread in threads:
                thread.join(PATIENCE_SECONDS)
            self.broker.start()
            client = Committer(self.broker.port)
            for group in groups:
                offset = until(lambda: self.fetched(client, group), "the load of the groups")
                self.assertGreaterEqual(offset, acknowledged[group])
                self.assertLessEqual(offset, sent[group])
            client.close()
        self.assertGreater(min(acknowledged.values()), 20 * KILLS)

    @staticmethod
    def fetched(client, group):
        offset, error = client.fetch(group, "t")
        return offset if error == 0 else None

    def commit_until(self, group, acknowledged, sent, stop):
        try:
            with contextlib.closing(Committer(self.broker.port)) as client:
                until(lambda: True if client.find(group) == 0 else None, "finding the coordinator")
                while not stop.is_set():
                    sent[group] += 1
                    if client.commit(group, "t", sent[group]) == 0:
                        acknowledged[group] = sent[group]
        except (OSError, ConnectionError, struct.error):
            pass  # killed


if __name__ == "__main__":
    unittest.main()
