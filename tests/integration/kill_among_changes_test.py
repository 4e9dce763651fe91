#!/usr/bin/env python3
"""Topics of many small segments come and go, lose their oldest records and are written to, and the
broker is killed in the midst of it. TIDEMILL_CHANGE_KILLS: how often (12)."""
import os
import random
import shutil
import struct
import threading
import unittest

from broker import Broker, kcat
from extensions_test import NONE, Wire, batch_of, string

KILLS = int(os.environ.get("TIDEMILL_CHANGE_KILLS", "12"))
CONFIGURATION = """
[log]
flush_interval = "100ms"
recovery_point_interval = "1s"
retention_check_interval = "200ms"
"""
SMALL = {"segment__index__bytes": "16", "index__interval__bytes": "0"}
SETTINGS = [SMALL, {**SMALL, "retention__bytes": "8000"}, {**SMALL, "retention__ms": "500"},
            {**SMALL, "flush__messages": "1"}, {"segment__bytes": "1048576"}]


def delete_topic(wire, name):
    answer = wire.ask(20, 3, struct.pack(">i", 1) + string(name) + struct.pack(">i", 30000))
    answer.take(">ii")
    answer.string()
    return answer.take(">h")[0]


def delete_records(wire, name, before):
    body = struct.pack(">i", 1) + string(name) + struct.pack(">iiqi", 1, 0, before, 30000)
    answer = wire.ask(21, 1, body)
    answer.take(">ii")
    answer.string()
    return answer.take(">iiqh")[3]


class Topic:
    """One name, owned by one thread: it knows of every record what it may expect."""

    def __init__(self, number):
        self.name = f"topic-{number}"
        self.settings = SETTINGS[number % len(SETTINGS)]
        self.random = random.Random(number)
        self.generation = 0
        self.forget()

    def forget(self):
        self.end, self.created, self.deleting = 0, False, False

    def work(self, broker, problems):
        try:
            with Wire(broker) as wire:
                while not problems:
                    self.change(wire, problems)
        except (OSError, struct.error):
            pass  # killed

    def change(self, wire, problems):
        if not self.created:
            self.generation += 1
            error, what = wire.create(self.name, 1, **self.settings)
            self.created = error == NONE
            if error != NONE:
                problems.append((self.name, "create", error, what))
        for _ in range(self.random.randrange(100)):
            error, _, what, base = wire.produce(self.name, 0, batch_of([str(self.generation).encode()]))
            if error != NONE or base < self.end:
                problems.append((self.name, "produce", error, what, base, self.end))
                return
            self.end = base + 1
        error = delete_records(wire, self.name, self.random.randrange(self.end + 1))
        if error not in (NONE, 1):
            problems.append((self.name, "delete records", error))
        if self.random.random() < 0.5:
            self.deleting = True
            if delete_topic(wire, self.name) != NONE:
                problems.append((self.name, "delete"))
            self.forget()

    def check(self, broker, problems):
        """After a kill: what was acknowledged is there, without a hole, up to the end."""
        if not self.created or self.deleting:
            with Wire(broker) as wire:
                delete_topic(wire, self.name)
            return self.forget()
        told = kcat(broker, "-C", "-t", self.name, "-p", "0", "-o", "beginning", "-e", "-q", "-f", "%o %k\n")
        records = [line.split() for line in told.decode().splitlines()]
        offsets = [int(at) for at, _ in records]
        if offsets and offsets != list(range(offsets[0], offsets[0] + len(offsets))):
            problems.append((self.name, "a hole in", offsets))
        if {of for _, of in records} - {str(self.generation)}:
            problems.append((self.name, "records of another topic", records))
        if "retention__ms" not in self.settings and self.end and (not offsets or offsets[-1] < self.end - 1):
            with Wire(broker) as wire:  # all of them may have been deleted, but the end stays
                base = wire.produce(self.name, 0, batch_of([str(self.generation).encode()]))[3]
            if base < self.end:
                problems.append((self.name, "ends at", base, "acknowledged to", self.end))
            self.end = max(self.end, base + 1)


@unittest.skipUnless(shutil.which("kcat"), "kcat is not installed")
class KillAmongChanges(unittest.TestCase):
    @staticmethod
    def begin(what, topics, *words):
        """One thread for each topic."""
        threads = [threading.Thread(target=what, args=(one, *words)) for one in topics]
        for each in threads:
            each.start()
        return threads

    @staticmethod
    def join(threads):
        for each in threads:
            each.join()

    def test_every_log_is_whole_and_nobody_elses(self):
        topics = [Topic(number) for number in range(2 * len(SETTINGS))]
        problems = []
        moments = random.Random(3)
        with Broker(configuration=CONFIGURATION) as broker:
            broker.start()
            for _ in range(KILLS):
                workers = self.begin(Topic.work, topics, broker, problems)
                threading.Event().wait(moments.uniform(0.2, 1.5))
                broker.process.kill()
                broker.process.wait()
                self.join(workers)
                broker.start()
                self.join(self.begin(Topic.check, topics, broker, problems))
                self.assertEqual(problems, [], broker.log())
            self.assertNotIn("partition_failed", broker.log())
            self.assertEqual(broker.stop(), 0)


if __name__ == "__main__":
    unittest.main()
