#!/usr/bin/env python3
"""Rules in Lua in the real binary: named by topics, refused, changed while records come in, kept over restarts."""
import http.client
import json
import os
import signal
import threading
import time
import unittest

from broker import Broker
from extensions_test import (INVALID_CONFIG, INVALID_RECORD, NONE, Wire, batch_of, instance, metric, varint)

VIP = """return tidemill.partitioner {
  partition = function(rec, topic)
    if starts(rec.key, "vip-") then return 0 end
    return 1 + rec.key_hash % (topic.partitions - 1)
  end,
}
"""
CUSTOMER = """return tidemill.validate {
  needs = { "value" },
  record = function(rec)
    if rec:json("/customer_id") == nil then return reject "customer_id is missing" end
  end,
}
"""


def batch_of_values(*values):
    records = b""
    for index, value in enumerate(values):
        body = b"\0" + varint(0) + varint(index) + varint(-1) + varint(len(value)) + value + varint(0)
        records += varint(len(body)) + body
    return batch_of([None] * len(values), records=records)


class WithRules(unittest.TestCase):
    def broker(self, **files):
        broker = Broker(configuration="")
        self.addCleanup(broker.__exit__)
        self.scripts = broker.home / "scripts"
        self.scripts.mkdir(mode=0o755)
        broker.words += ["--set", f"extensions.scripts={self.scripts}"]
        for name, text in files.items():
            self.write(name + ".lua", text)
        return broker

    def write(self, name, text):
        path = self.scripts / (name + ".next")
        path.write_text(text)
        path.chmod(0o644)
        os.replace(path, self.scripts / name)

    def reload(self, broker):
        return broker.get("/v1/extensions/reload", "POST")


class Rules(WithRules):
    def test_partitioner_rule_refuses_records_in_the_wrong_partition(self):
        broker = self.broker(vip=VIP).start()
        with Wire(broker) as wire:
            self.assertEqual(wire.create("orders", 6, tidemill__partitioner="lua:vip.lua",
                                         tidemill__partitioner__mode="verify-reject"), (NONE, None))
            self.assertEqual(wire.produce("orders", 0, batch_of([b"vip-1", None]))[0], NONE)
            error, named, sentence, _ = wire.produce("orders", 3, batch_of([b"vip-1"]))
            self.assertEqual(error, INVALID_RECORD)
            self.assertEqual(named, [(0, "the record belongs into partition 0, not 3, by the partitioner lua:vip.lua")])
            self.assertIn("orders-3", sentence)
        self.assertEqual(metric(broker, "tidemill_plugin_objections_total", instance="lua:vip.lua"), 1)
        calls = metric(broker, "tidemill_plugin_calls_total", instance="lua:vip.lua")
        self.assertEqual(metric(broker, "tidemill_plugin_call_seconds_count", instance="lua:vip.lua"), calls)
        self.assertEqual(metric(broker, "tidemill_plugin_call_seconds_bucket", instance="lua:vip.lua", le="+Inf"), calls)

    def test_validate_rule_names_records_and_reasons(self):
        broker = self.broker(customer=CUSTOMER).start()
        with Wire(broker) as wire:
            self.assertEqual(wire.create("orders", 1, tidemill__validate="lua:customer.lua")[0], NONE)
            self.assertEqual(wire.produce("orders", 0, batch_of_values(b'{"customer_id": 7}'))[0], NONE)
            error, named, _, _ = wire.produce(
                "orders", 0, batch_of_values(b'{"customer_id": 7}', b'{"x": 1}', b"no json"))
            self.assertEqual(error, INVALID_RECORD)
            self.assertEqual(named, [(1, "customer_id is missing"), (2, "customer_id is missing")])

    def test_file_that_has_come_since_is_found_when_a_topic_names_it(self):
        broker = self.broker().start()
        self.write("vip.lua", VIP)
        with Wire(broker) as wire:
            self.assertEqual(wire.create("orders", 6, tidemill__partitioner="lua:vip.lua")[0], NONE)
            self.write("customer.lua", CUSTOMER)
            self.assertEqual(wire.alter("orders", tidemill__validate="lua:customer.lua")[0], NONE)
            self.assertEqual(wire.produce("orders", 0, batch_of_values(b"{}"))[0], INVALID_RECORD)
            self.write("broken.lua", "return {}")
            error, said = wire.alter("orders", tidemill__validate="lua:broken.lua")
            self.assertEqual(error, INVALID_CONFIG)
            self.assertIn("broken.lua: the file returns a table", said)

    def test_names_and_kinds_that_do_not_fit_are_refused(self):
        broker = self.broker(vip=VIP, customer=CUSTOMER).start()
        with Wire(broker) as wire:
            for settings, sentence in [
                    ({"tidemill__partitioner": "lua:vipp.lua"}, 'did you mean "lua:vip.lua"?'),
                    ({"tidemill__validate": "lua:vip.lua"}, '"lua:vip.lua" is no transform'),
                    ({"tidemill__partitioner": "lua:../vip.lua"}, "expected the name of an extension")]:
                error, said = wire.create("refused", **settings)
                self.assertEqual(error, INVALID_CONFIG, settings)
                self.assertIn(sentence, said)

    def test_file_that_fails_its_check_is_named_with_its_line_and_the_old_rule_goes_on(self):
        broker = self.broker(customer=CUSTOMER).start()
        with Wire(broker) as wire:
            wire.create("orders", 1, tidemill__validate="lua:customer.lua")
            self.write("customer.lua", CUSTOMER.replace("record =", "recrod ="))
            status, said = self.reload(broker)
            self.assertEqual(status, 409)
            self.assertIn("rule customer.lua:1: validate has no field 'recrod'; did you mean 'record'?", said)
            self.assertIn("the rule that was accepted goes on", said)
            self.assertEqual(wire.produce("orders", 0, batch_of_values(b"x"))[0], INVALID_RECORD)

    def test_rule_with_a_bug_is_left_alone_and_its_line_is_told(self):
        broker = self.broker(bug=VIP.replace("rec.key_hash", "rec.key_hsh")).start()
        with Wire(broker) as wire:
            wire.create("orders", 3, tidemill__partitioner="lua:bug.lua", tidemill__partitioner__mode="verify-reject")
            for _ in range(50):
                self.assertEqual(wire.produce("orders", 1, batch_of([b"a"]))[0], NONE, "the client's choice stands")
        self.assertIn("bug.lua:4: rec has no field 'key_hsh'; did you mean 'key_hash'?", broker.log())
        self.assertEqual(instance(broker, "lua:bug.lua")["kinds"][0]["breaker"], "open")

    def test_endless_rule_costs_others_little(self):
        broker = self.broker(loop="return tidemill.validate { needs = {}, on_error = 'open', "
                                  "record = function() while true do end end }").start()
        with Wire(broker) as wire:
            wire.create("looped", 1, tidemill__validate="lua:loop.lua")
            wire.create("other", 1)
            begun = time.monotonic()
            for _ in range(200):
                self.assertEqual(wire.produce("looped", 0, batch_of([b"a"]))[0], NONE)
                self.assertEqual(wire.produce("other", 0, batch_of([b"a"]))[0], NONE)
            self.assertLess(time.monotonic() - begun, 30)
        self.assertIn("takes too long", broker.log())
        timeouts = metric(broker, "tidemill_extension_timeouts_total", instance="lua:loop.lua")
        self.assertTrue(1 <= timeouts <= 4, f"{timeouts}: one call, and another every ten seconds")

    def test_restart_runs_what_was_accepted_and_says_that_the_file_has_changed(self):
        broker = self.broker(customer=CUSTOMER).start()
        with Wire(broker) as wire:
            wire.create("orders", 1, tidemill__validate="lua:customer.lua")
        self.write("customer.lua", CUSTOMER.replace("customer_id", "order_id"))
        for _ in range(2):
            broker.stop()
            broker.start()
            self.assertIn("has changed since it was accepted", broker.log())
            with Wire(broker) as wire:
                self.assertEqual(wire.produce("orders", 0, batch_of_values(b'{"customer_id": 7}'))[0], NONE)
                self.assertEqual(wire.produce("orders", 0, batch_of_values(b'{"order_id": 7}'))[0], INVALID_RECORD)
        self.assertEqual(self.reload(broker)[0], 200)
        with Wire(broker) as wire:
            self.assertEqual(wire.produce("orders", 0, batch_of_values(b'{"order_id": 7}'))[0], NONE)
        (self.scripts / "customer.lua").unlink()
        broker.stop()
        broker.start()
        with Wire(broker) as wire:
            self.assertEqual(wire.produce("orders", 0, batch_of_values(b'{"order_id": 7}'))[0], NONE)
            self.assertEqual(wire.produce("orders", 0, batch_of_values(b'{"x": 7}'))[0], INVALID_RECORD)

    def test_rule_changed_a_hundred_times_under_load_loses_nothing_and_decides_each_batch_alone(self):
        """Version n lets only records through that bear a number below n; a batch has one number ten times."""
        def version(n):
            return (f"return tidemill.validate {{ needs = {{ 'value' }}, record = function(rec) "
                    f"if tonumber(rec.value) >= {n} then return reject 'of a later version' end end }}")
        broker = self.broker(version=version(1)).start()
        stop, failures, passed = threading.Event(), [], []

        def load():
            with Wire(broker) as wire:
                while not stop.is_set():
                    for number in (0, 50, 99):
                        error, named, _, base = wire.produce("numbers", 0, batch_of_values(*[b"%d" % number] * 10))
                        if error == NONE:
                            passed.append((number, base))
                        elif error != INVALID_RECORD or len(named) != 10:
                            failures.append((number, error, named))
        with Wire(broker) as wire:
            self.assertEqual(wire.create("numbers", 1, tidemill__validate="lua:version.lua")[0], NONE)
        loader = threading.Thread(target=load)
        loader.start()
        try:
            for n in range(2, 102):
                self.write("version.lua", version(n))
                self.assertEqual(self.reload(broker)[0], 200)
        finally:
            stop.set()
            loader.join()
        self.assertEqual(failures, [])
        self.assertGreater(len(passed), 100)
        self.assertEqual([base for _, base in passed], [10 * i for i in range(len(passed))])
        first = {number: next(i for i, (one, _) in enumerate(passed) if one == number) for number in (0, 50, 99)}
        self.assertTrue(first[0] < first[50] < first[99], first)


class Deployment(WithRules):
    """Rules that come through the admin server."""

    def apply(self, broker, file, text):
        status, said = broker.get("/v1/rules/" + file, "POST", text)
        return status, json.loads(said)

    def test_rule_is_applied_shown_rolled_back_and_removed(self):
        broker = self.broker().start()
        status, said = self.apply(broker, "c.lua", CUSTOMER)
        self.assertEqual((status, said["state"]), (200, "in force"))
        first = said["sha256"]
        with Wire(broker) as wire:
            self.assertEqual(wire.create("orders", 1, tidemill__validate="lua:c.lua")[0], NONE)
            self.assertEqual(wire.produce("orders", 0, batch_of_values(b"{}"))[0], INVALID_RECORD)
            self.assertEqual(self.apply(broker, "c.lua", CUSTOMER.replace("customer_id", "id"))[0], 200)
            self.assertEqual(wire.produce("orders", 0, batch_of_values(b'{"id": 1}'))[0], NONE)
            page = json.loads(broker.get("/v1/rules/c.lua")[1])
            self.assertEqual([one["sha256"] for one in page["history"]][1:], [first])
            self.assertIn("/id", page["source"])
            self.assertEqual(page["topics"], [{"topic": "orders", "setting": "tidemill.validate"}])
            self.assertEqual(broker.get("/v1/rules/c.lua/rollback", "POST")[0], 200)
            self.assertEqual(wire.produce("orders", 0, batch_of_values(b'{"id": 1}'))[0], INVALID_RECORD)
            rules = json.loads(broker.get("/v1/rules")[1])["rules"]
            self.assertEqual((rules[0]["file"], rules[0]["sha256"], rules[0]["versions"]), ("c.lua", first, 3))
            self.assertEqual(rules[0]["running"]["kinds"][0]["breaker"], "closed")
            status, said = broker.get("/v1/rules/c.lua/remove", "POST")
            self.assertEqual(status, 409)
            self.assertIn('tidemill.validate of the topic \\"orders\\" names \\"c.lua\\"', said)
            self.assertEqual(wire.alter("orders", tidemill__validate="")[0], NONE)
        self.assertEqual(broker.get("/v1/rules/c.lua/remove", "POST")[0], 200)
        self.assertEqual(broker.get("/v1/rules/c.lua")[0], 404)

    def test_what_is_wrong_is_told_with_file_and_line_and_changes_nothing(self):
        broker = self.broker().start()
        for file, text, sentence in [
                ("c.lua", "return tidemill.validate {\n  recrod = 1 }", "c.lua:1: validate has no field 'recrod'"),
                ("c.lua", "x", "c.lua:1: syntax error near <eof>"),
                ("c.lua", "x" * (65 << 10), "a rule has at most 65536"),
                ("c.txt", CUSTOMER, "the name of a rule ends in .lua"),
                ("..lua", CUSTOMER.replace("return", "ret"), "..lua:1:")]:
            status, said = self.apply(broker, file, text)
            self.assertEqual(status, 400, said)
            self.assertIn(sentence, said["error"])
        self.assertEqual(json.loads(broker.get("/v1/rules")[1]), {"rules": []})
        self.assertEqual(broker.get("/v1/rules/none.lua/rollback", "POST")[0], 404)

    def test_kill_while_rules_are_applied_leaves_one_of_them(self):
        broker = self.broker().start()
        with Wire(broker) as wire:
            self.apply(broker, "v.lua", CUSTOMER)
            wire.create("orders", 1, tidemill__validate="lua:v.lua")
        for round_number in range(10):
            answered = []

            def load():
                try:
                    for n in range(1000):
                        answered.append(self.apply(broker, "v.lua", f"-- {round_number}.{n}\n" + CUSTOMER)[1]["sha256"])
                except (OSError, http.client.HTTPException):
                    pass
            loader = threading.Thread(target=load)
            loader.start()
            while len(answered) < 3:
                pass
            broker.send(signal.SIGKILL)
            broker.process.wait()
            loader.join()
            broker.start()
            page = json.loads(broker.get("/v1/rules/v.lua")[1])
            self.assertIn(f'fingerprint="{page["history"][0]["sha256"][:16]}"', broker.get("/metrics")[1])
            history = [one["sha256"] for one in page["history"]]
            self.assertIn(answered[-1], history[:2], "the last that was answered, or one after it")
            with Wire(broker) as wire:
                self.assertEqual(wire.produce("orders", 0, batch_of_values(b"{}"))[0], INVALID_RECORD)


if __name__ == "__main__":
    unittest.main()
