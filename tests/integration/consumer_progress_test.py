#!/usr/bin/env python3
"""Retention by what consumer groups have committed: the shipped plugin and a rule, over two shards and a kill."""
import signal
import time
import unittest

from broker import Broker
from extensions_test import NONE, Wire, batch_of, instance
from groups_test import Committer, until

BATCHES = 12  # of half a mebibyte; two fill a segment


class ConsumerProgress(unittest.TestCase):
    def broker(self, configuration=""):
        broker = Broker("--set", "broker.shards=2", "--set", "groups.offsets_partitions=7",
                        "--set", "log.retention_check_interval=100ms", configuration=configuration)
        self.addCleanup(broker.__exit__)
        return broker

    def fill(self, broker, retention):
        with Wire(broker) as wire:
            self.assertEqual(wire.create("orders", 1, tidemill__retention=retention, segment__bytes="1048576",
                                         retention__ms="-1")[0], NONE)
            for _ in range(BATCHES):
                self.assertEqual(wire.produce("orders", 0, batch_of([b"k" * 900] * 500))[0], NONE)

    def commit(self, broker, group, offset):
        client = Committer(broker.port)
        self.addCleanup(client.close)
        until(lambda: True if client.find(group) == 0 else None, "a coordinator")
        until(lambda: True if client.commit(group, "orders", offset) == 0 else None, "a commit")

    def bases(self, broker):
        return sorted(int(path.stem) for path in (broker.data / "orders-0").glob("*.log"))

    def asked_again(self, broker, name):
        """Until the extension has been asked three times more."""
        calls = lambda: sum(kind["calls"] for kind in instance(broker, name)["kinds"])
        before = calls()
        until(lambda: True if calls() >= before + 3 else None, "three questions")

    def test_plugin_removes_what_named_groups_have_committed(self):
        broker = self.broker("""
[[extension]]
name = "consumed"
plugin = "consumer_progress"
config = { groups = ["billing", "search"], hold_time_max = "36500d" }  # the records are of 2023
""").start()
        self.fill(broker, "consumed")
        self.commit(broker, "billing", 6000)
        self.asked_again(broker, "consumed")
        self.assertEqual(self.bases(broker)[0], 0, "search has not committed, so it holds everything")
        self.commit(broker, "search", 2500)
        until(lambda: True if self.bases(broker)[0] > 0 else None, "the first segments go")
        self.asked_again(broker, "consumed")
        held = self.bases(broker)[0]
        self.assertLessEqual(held, 2500)
        self.assertGreater(held, 1000)

        # Before the groups are loaded again nobody knows what they have committed, and nothing may go.
        broker.stop(signal.SIGKILL)
        broker.start()
        self.asked_again(broker, "consumed")
        self.assertEqual(self.bases(broker)[0], held)
        self.commit(broker, "search", 6000)
        until(lambda: True if len(self.bases(broker)) == 1 else None, "all but the active segment go")
        with Wire(broker) as wire:
            self.assertEqual(wire.produce("orders", 0, batch_of([b"k"]))[3], 6000)

    def test_rule_sees_the_slowest_group(self):
        broker = self.broker()
        scripts = broker.home / "scripts"
        scripts.mkdir(mode=0o755)
        rule = scripts / "consumed.lua"
        rule.write_text("return tidemill.retention {\n"
                        "  segment = function(segment, log)\n"
                        "    if log.groups < 2 then return keep end\n"
                        "    if segment.last_offset < log.min_committed_offset then return delete end\n"
                        "    return keep\n"
                        "  end,\n}\n")
        rule.chmod(0o644)
        broker.words += ["--set", f"extensions.scripts={scripts}"]
        broker.start()
        self.fill(broker, "lua:consumed.lua")
        self.commit(broker, "fast", 6000)
        time.sleep(1.5)  # not to wait for something: nothing may happen
        self.assertEqual(self.bases(broker)[0], 0)
        self.commit(broker, "slow", 3000)
        until(lambda: True if self.bases(broker)[0] > 1000 else None, "the first segments go")
        self.assertLessEqual(self.bases(broker)[0], 3000)


if __name__ == "__main__":
    unittest.main()
