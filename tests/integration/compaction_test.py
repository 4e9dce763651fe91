#!/usr/bin/env python3
"""Compacted topics from outside: stock clients produce and consume, the broker cleans in between, and
is killed in the midst of it. TIDEMILL_COMPACTION_KILLS: how often (12)."""
import os
import random
import re
import shutil
import signal
import subprocess
import unittest

from broker import PATIENCE_SECONDS, Broker, kcat

CONFIGURATION = """
[log]
compaction_interval = "100ms"
flush_interval = "100ms"
compaction_bytes_per_second = "{rate}"

[topic_defaults]
"cleanup.policy" = "compact"
"segment.bytes" = 1048576
"min.cleanable.dirty.ratio" = 0.2
"""
KEYS = 300
KILLS = int(os.environ.get("TIDEMILL_COMPACTION_KILLS", "12"))


def metric(broker, name):
    text = broker.get("/metrics")[1]
    return sum(float(n) for n in re.findall(rf"(?m)^{name}\{{[^}}]*\}} (\S+)$", text))


def consume(broker):
    """All records, as (offset, key, value); a value of None is a tombstone."""
    lines = kcat(broker, "-C", "-t", "table", "-p", "0", "-o", "beginning", "-e", "-q", "-Z",
                 "-f", "%o\t%k\t%s\n").decode().splitlines()
    records = []
    for line in lines:
        at, key, value = line.split("\t")
        records.append((int(at), key, None if value == "NULL" else value))
    return records


def replay(records):
    latest = {}
    for _, key, value in records:
        if value is None:
            latest.pop(key, None)
        else:
            latest[key] = value
    return latest


@unittest.skipUnless(shutil.which("kcat"), "kcat is not installed")
class Compaction(unittest.TestCase):
    def broker(self, rate="0"):
        broker = Broker(configuration=CONFIGURATION.format(rate=rate))
        self.addCleanup(broker.__exit__)
        return broker.start()

    def setUp(self):
        self.random = random.Random(7)
        self.model = {}
        self.written = 0

    def produce(self, broker, count, *words):
        lines = []
        for _ in range(count):
            key = f"key-{self.random.randrange(KEYS)}"
            self.written += 1
            if self.random.randrange(10) == 0:
                self.model.pop(key, None)
                lines.append(f"{key}:")
            else:
                self.model[key] = f"{self.written}-{self.random.randbytes(self.random.randrange(200)).hex()}"
                lines.append(f"{key}:{self.model[key]}")
        kcat(broker, "-P", "-t", "table", "-p", "0", "-K:", "-Z", *words,
             data=("\n".join(lines) + "\n").encode())

    def test_last_values_stay_and_the_log_becomes_small(self):
        broker = self.broker()
        for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
            self.produce(broker, 9000, "-z", codec)
        broker.wait_until(lambda: metric(broker, "tidemill_compaction_passes_total") > 0
                          and metric(broker, "tidemill_compaction_backlog_bytes") == 0
                          and metric(broker, "tidemill_compaction_left_bytes") == 0,
                          "the log is compacted")
        records = consume(broker)
        self.assertEqual(replay(records), self.model)
        self.assertEqual(records[-1][0], self.written - 1, "offsets stay")
        self.assertLess(len(records), self.written / 2)
        self.assertGreater(metric(broker, "tidemill_compaction_freed_bytes_total"), 1 << 20)
        self.assertEqual(broker.stop(), 0)
        text = (broker.data / "cleaner-offset-checkpoint").read_text()
        self.assertRegex(text, r"^0\n1\ntable 0 [1-9][0-9]*\n$")
        broker.start()
        self.assertEqual(replay(consume(broker)), self.model)

    def test_killed_in_the_midst_of_it_no_last_value_is_lost(self):
        broker = self.broker(rate="8MiB")
        for turn in range(KILLS):
            self.produce(broker, 8000, "-z", self.random.choice(["none", "zstd"]) if turn else "none")
            broker.wait_until(lambda: metric(broker, "tidemill_compaction_left_bytes") > 0
                              or metric(broker, "tidemill_compaction_passes_total") > 0,
                              "compaction is at work")
            broker.send(signal.SIGKILL)
            broker.process.wait(PATIENCE_SECONDS)
            broker.start()
            records = consume(broker)
            self.assertEqual(replay(records), self.model, f"after kill {turn}")
            self.assertEqual(records[-1][0], self.written - 1)
            self.assertEqual(broker.get("/readyz"), (200, "ready\n"))

    def test_record_without_a_key_is_refused(self):
        broker = self.broker()
        done = subprocess.run(["kcat", "-b", broker.address, "-P", "-t", "table", "-p", "0", "-X",
                               "retries=0"], input=b"no key\n", capture_output=True,
                              timeout=PATIENCE_SECONDS, check=False)
        self.assertIn("INVALID_RECORD", done.stderr.decode().upper().replace("BROKER: ", "")
                      .replace("BROKER FAILED TO VALIDATE RECORD", "INVALID_RECORD"))


if __name__ == "__main__":
    unittest.main()
