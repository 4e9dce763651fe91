#!/usr/bin/env python3
"""Each rule of scripts/ at work in the real binary, with a stock client on the other side."""
import os
import pathlib
import shutil
import subprocess
import unittest

from broker import PATIENCE_SECONDS
from extensions_test import NONE, Wire, batch_of, instance
from groups_test import until
from rules_test import WithRules

SHIPPED = pathlib.Path(__file__).resolve().parents[2] / "scripts"
KCAT = shutil.which("kcat") or shutil.which("kafkacat")
ALL = {0, 1, 2, 3, 4, 5}


@unittest.skipUnless(KCAT, "kcat is not installed")
class WithShippedRules(WithRules):
    def start(self, *rules, changes=()):
        self.rules = self.broker()
        for rule in rules:
            text = (SHIPPED / (rule + ".lua")).read_text()
            for old, new in changes:
                self.assertIn(old, text)
                text = text.replace(old, new)
            self.write(rule + ".lua", text)
        self.rules.words += ["--set", "log.retention_check_interval=100ms"]
        return self.rules.start()

    def kcat(self, *words, data=b""):
        return subprocess.run([KCAT, "-b", self.rules.address, *words], input=data, capture_output=True,
                              timeout=PATIENCE_SECONDS, check=False)

    def is_accepted(self, topic, value, *words):
        done = self.kcat("-P", "-t", topic, "-X", "retries=0", *words, data=value)
        if done.returncode != 0:
            self.assertIn(b"failed to validate record", done.stderr)
        return done.returncode == 0


class Partitioners(WithShippedRules):
    def accepted(self, rule, value, *words):
        """The partitions that take the record."""
        return {p for p in ALL if self.is_accepted(rule, value, "-p", str(p), *words)}

    def start_with(self, rule):
        with Wire(self.start(rule)) as wire:
            self.assertEqual(wire.create(rule, 6, tidemill__partitioner=f"lua:{rule}.lua",
                                         tidemill__partitioner__mode="verify-reject"), (NONE, None))

    def test_header(self):
        self.start_with("partition_by_header")
        us = self.accepted("partition_by_header", b"v", "-k", "a", "-H", "region=us")
        self.assertEqual((len(us), us <= {2, 3}), (1, True), us)
        self.assertEqual(self.accepted("partition_by_header", b"v", "-H", "region=asia"), {4})
        self.assertEqual(self.accepted("partition_by_header", b"v", "-k", "a", "-H", "region=mars"), set())

    def test_json_field(self):
        self.start_with("partition_by_json_field")
        self.assertEqual(len(self.accepted("partition_by_json_field", b'{"customer_id": 7}')), 1)
        self.assertEqual(self.accepted("partition_by_json_field", b'{"x": 1}'), ALL)

    def test_tenant(self):
        self.start_with("partition_by_tenant")
        first = self.accepted("partition_by_tenant", b"v", "-k", "acme:1")
        self.assertEqual(len(first), 1)
        self.assertEqual(self.accepted("partition_by_tenant", b"v", "-k", "acme:2"), first)
        self.assertEqual(self.accepted("partition_by_tenant", b"v", "-k", "nobody"), set())

    def test_vip_lane(self):
        self.start_with("partition_vip_lane")
        self.assertEqual(self.accepted("partition_vip_lane", b"v", "-k", "vip-1"), {0})
        others = self.accepted("partition_vip_lane", b"v", "-k", "somebody")
        self.assertEqual((len(others), 0 in others), (1, False), others)


class Validations(WithShippedRules):
    def start_with(self, rule):
        with Wire(self.start(rule)) as wire:
            self.assertEqual(wire.create(rule, 1, tidemill__validate=f"lua:{rule}.lua"), (NONE, None))

    def judge(self, rule, accepted, refused):
        self.start_with(rule)
        for value, *words in accepted:
            self.assertTrue(self.is_accepted(rule, value, *words), (value[:40], words))
        for value, *words in refused:
            self.assertFalse(self.is_accepted(rule, value, *words), (value[:40], words))
        read = self.kcat("-C", "-t", rule, "-e", "-q", "-f", "%o\n").stdout.split()
        self.assertEqual(len(read), len(accepted), "what was refused is nowhere")

    def test_headers(self):
        self.judge("validate_headers", [(b"v",), (b"v", "-H", "region=eu", "-H", "trace-id=1")],
                   [(b"v", "-H", "Region=eu")])

    def test_json_fields(self):
        self.judge("validate_json_fields", [(b'{"id": 1, "name": "a"}', "-z", "zstd")],
                   [(b'{"id": "1", "name": "a"}',), (b"{",), (b'{"id": 1}', "-z", "gzip")])

    def test_key_present(self):
        self.judge("validate_key_present", [(b"v", "-k", "a")], [(b"v",)])

    def test_sizes(self):
        self.judge("validate_sizes", [(b"v" * 65536, "-k", "a" * 256)],
                   [(b"v" * 65537, "-k", "a"), (b"v", "-k", "a" * 257)])

    def test_timestamps(self):
        self.judge("validate_timestamps", [(b"now",)], [])
        with Wire(self.rules) as wire:  # seconds; kcat always says what time it is
            self.assertNotEqual(wire.produce("validate_timestamps", 0, batch_of([b"k"], now=1_700_000_000))[0], NONE)


class Retention(WithShippedRules):
    def start_with(self, rule, *changes):
        """Two topics: one of today, written by kcat, and one that holds records of 2023."""
        self.start(rule, changes=changes)
        self.name = f"lua:{rule}.lua"
        with Wire(self.rules) as wire:
            for topic in ("today", "old"):
                self.assertEqual(wire.create(topic, 1, tidemill__retention=self.name, segment__bytes="1048576"),
                                 (NONE, None))
            for _ in range(12):
                self.assertEqual(wire.produce("old", 0, batch_of([b"k" * 900] * 500))[0], NONE)
        done = self.kcat("-P", "-t", "today", "-X", "batch.size=100000", data=(b"x" * 999 + b"\n") * 6000)
        self.assertEqual(done.returncode, 0, done.stderr)

    def segments(self, topic):
        return len(list((self.rules.data / f"{topic}-0").glob("*.log")))

    def rounds(self, count=6):
        calls = lambda: instance(self.rules, self.name)["kinds"][0]["calls"]
        before = calls()
        until(lambda: True if calls() >= before + count else None, "some rounds of retention")
        self.assertEqual(instance(self.rules, self.name)["kinds"][0]["faults"]["error"], 0)

    def goes(self, topic):
        until(lambda: True if self.segments(topic) == 1 else None, f"the sealed segments of {topic} go")

    def stays(self, topic):
        self.rounds()
        self.assertGreaterEqual(self.segments(topic), 5)

    def read_by_a_group(self, topic):
        done = self.kcat("-G", "readers", "-e", "-q", "-X", "auto.offset.reset=earliest", topic)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_business_hours(self):
        self.start_with("retain_by_business_hours")
        self.goes("old")
        self.stays("today")

    def test_disk_floor(self):
        self.start_with("retain_by_disk_floor")
        self.goes("old")
        disk = os.statvfs(self.rules.data)
        if disk.f_bavail > 0.15 * disk.f_blocks:
            self.stays("today")
        else:
            self.goes("today")

    def test_tenant_size(self):
        self.start_with("retain_by_tenant_size", ("gib(5)", "mib(3)"))
        kept = lambda: sum(path.stat().st_size for path in (self.rules.data / "today-0").glob("*.log"))
        until(lambda: True if kept() < 4 << 20 else None, "all beyond three mebibytes goes, by whole segments")
        self.rounds()
        self.assertGreaterEqual(kept(), 3 << 20)

    def test_until_consumed(self):
        self.start_with("retain_until_consumed", ("hours(1)", "0"))
        self.goes("old")  # a week, whoever has read it
        self.stays("today")
        self.read_by_a_group("today")
        self.goes("today")

    def test_what_is_read(self):
        self.start_with("retain_what_is_read", ("gib(1)", "mib(1)"))
        self.stays("old")
        self.read_by_a_group("old")
        until(lambda: True if self.segments("old") <= 3 else None, "all but a mebibyte goes")
        self.stays("today")


class Completeness(unittest.TestCase):
    def test_every_shipped_rule_is_here(self):
        text = pathlib.Path(__file__).read_text(encoding="utf-8")
        rules = [path.stem for path in SHIPPED.glob("*.lua") if not path.stem.endswith(".test")]
        self.assertGreater(len(rules), 10)
        self.assertEqual([rule for rule in rules if f'"{rule}"' not in text], [])


if __name__ == "__main__":
    unittest.main()
