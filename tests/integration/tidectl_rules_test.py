#!/usr/bin/env python3
"""tidectl rule, against the real broker: what goes there, what it does, and back again."""
import unittest

from tidectl import WithBroker

RULE = """return tidemill.validate {
  needs = { "value" },
  record = function(rec)
    if %s then return reject "too short" end
  end,
}
"""


class Rules(WithBroker):
    def setUp(self):
        self.admin = ("--admin", f"127.0.0.1:{self.broker.admin_port}")

    def rule(self, name, condition):
        path = self.broker.home / name
        path.write_text(RULE % condition)
        return path

    def test_rule_is_applied_used_changed_rolled_back_and_removed(self):
        path = self.rule("short.lua", "#rec.value < 3")
        self.tidectl("rule", "apply", path, *self.admin)
        self.tidectl("topic", "create", "ruled", "-s", "tidemill.validate=lua:short.lua")
        self.assertIn("INVALID_RECORD", self.refused(1, "produce", "ruled", data="x\n"))
        self.tidectl("produce", "ruled", data="long enough\n")
        self.assertIn("short.lua", self.tidectl("rule", "list", *self.admin))
        self.assertIn("#rec.value < 3", self.tidectl("rule", "show", "short.lua", *self.admin))

        self.rule("short.lua", "#rec.value < 100")
        self.tidectl("rule", "apply", path, *self.admin)
        self.assertIn("INVALID_RECORD", self.refused(1, "produce", "ruled", data="long enough\n"))
        self.tidectl("rule", "rollback", "short.lua", *self.admin)
        self.tidectl("produce", "ruled", data="long enough\n")
        self.assertNotEqual(self.tidectl("rule", "history", "short.lua", *self.admin), "")

        self.refused(1, "rule", "remove", "short.lua", *self.admin)
        self.tidectl("topic", "alter", "ruled", "--unset", "tidemill.validate")
        self.tidectl("rule", "remove", "short.lua", *self.admin)
        self.assertNotIn("short.lua", self.tidectl("rule", "list", *self.admin))

    def test_rule_that_does_not_compile_is_refused_and_the_old_one_stays(self):
        path = self.rule("kept.lua", "#rec.value < 3")
        self.tidectl("rule", "apply", path, *self.admin)
        path.write_text("return tidemill.validate { record = ")
        self.assertIn("kept.lua:1", self.refused(1, "rule", "apply", path, *self.admin))
        self.assertIn("#rec.value < 3", self.tidectl("rule", "show", "kept.lua", *self.admin))

    def test_dry_run_counts_what_a_rule_would_decide(self):
        path = self.rule("new.lua", "#rec.value < 3")
        old = self.rule("old.lua", "#rec.value < 2")
        self.tidectl("topic", "create", "dry", "-p", "2")
        self.tidectl("produce", "dry", "-K", ":", data="".join(f"{i}:{'x' * (i % 10)}\n" for i in range(1000)))
        seen = self.json("rule", "dry-run", path, "--topic", "dry", "--from", "start")[0]
        self.assertEqual((seen["records"], seen["decisions"]), (1000, {"pass": 700, "reject: too short": 300}))
        self.assertEqual(seen["changed"], 300)
        self.assertEqual([one["decided"] for one in seen["samples"]], ["reject: too short"] * 5)
        self.assertGreater(seen["nanoseconds_p99"], 0)
        seen = self.json("rule", "dry-run", path, "--topic", "dry", "--from", "start", "--against", old)[0]
        self.assertEqual(seen["changed"], 100)
        self.assertEqual({(one["before"], int(one["key"]) % 10) for one in seen["samples"]}, {("pass", 2)})
        self.assertEqual(self.json("rule", "dry-run", path, "--topic", "dry", "--from", "-7")[0]["records"], 14)
        self.assertIn("1,000 records of dry", self.tidectl("rule", "dry-run", path, "--topic", "dry", "--from", "start"))
        # It has changed nothing.
        self.assertNotIn("new.lua", self.tidectl("rule", "list", *self.admin))
        self.assertEqual(len(self.json("consume", "dry")), 1000)

    def test_dry_run_of_a_partitioner_finds_records_that_are_elsewhere(self):
        path = self.broker.home / "keys.lua"
        path.write_text("return tidemill.partitioner { partition = function(rec, topic) return rec.key_hash % 3 end }")
        self.tidectl("topic", "create", "spread", "-p", "3")
        self.tidectl("produce", "spread", "-K", ":", data="".join(f"{i}:v\n" for i in range(90)))
        seen = self.json("rule", "dry-run", path, "--topic", "spread", "--from", "start")[0]
        self.assertEqual((seen["records"], seen["changed"]), (90, 0))
        self.tidectl("produce", "spread", "-p", "0", "-K", ":", data="".join(f"{i}:v\n" for i in range(90)))
        moved = self.json("rule", "dry-run", path, "--topic", "spread", "--from", "start")[0]
        self.assertEqual(moved["changed"], 90 - seen["decisions"]["0"])

    def test_dry_run_of_a_retention_rule_asks_about_real_segments(self):
        path, old = self.broker.home / "gone.lua", self.broker.home / "held.lua"
        path.write_text("return tidemill.retention { segment = function(segment, log)\n"
                        "  if segment.last_offset < log.min_committed_offset then return delete end\n"
                        "  return keep\nend }")
        old.write_text("return tidemill.retention { segment = function() return keep end }")
        self.tidectl("topic", "create", "segments", "-s", "segment.bytes=1048576")
        self.tidectl("produce", "segments", data=("x" * 1000 + "\n") * 3000)
        directory = self.broker.data / "segments-0"
        seen = self.json("rule", "dry-run", path, "--directory", directory, "--committed", "2000", "--against", old)[0]
        files = sorted(directory.glob("*.log"))
        self.assertGreater(len(files), 2)
        self.assertEqual([one["base_offset"] for one in seen["segments"]], [int(file.stem) for file in files])
        self.assertEqual([one["size_bytes"] for one in seen["segments"]], [file.stat().st_size for file in files])
        gone = sum(one["last_offset"] < 2000 for one in seen["segments"])
        self.assertEqual((seen["decisions"]["delete"], seen["changed"]), (gone, gone))
        self.assertGreater(gone, 0)
        self.assertEqual(sorted(directory.glob("*.log")), files)

    def test_dry_run_of_a_rule_that_looks_at_the_clock_is_asked_at_any_time(self):
        path = self.broker.home / "night.lua"
        path.write_text("return tidemill.retention { segment = function(segment, log)\n"
                        "  if log.now // hours(1) % 24 < 6 and segment.age > days(1) then return delete end\n"
                        "  return keep\nend }")
        self.tidectl("topic", "create", "nightly")
        self.tidectl("produce", "nightly", data="x\n")
        directory = self.broker.data / "nightly-0"
        for at, decided in (("2036-11-28T03:00", "delete"), ("2036-11-28T12:00", "keep"), ("-2h", "keep")):
            seen = self.json("rule", "dry-run", path, "--directory", directory, "--now", at)[0]
            self.assertEqual([one["decided"] for one in seen["segments"]], [decided], at)
        self.assertIn("is not a time", self.refused(2, "rule", "dry-run", path, "--directory", directory, "--now", "end"))

    def test_dry_run_says_what_it_lacks(self):
        path = self.broker.home / "gone.lua"
        path.write_text("return tidemill.retention { segment = function(segment, log) return keep end }")
        self.assertIn("expected --directory", self.refused(2, "rule", "dry-run", path, "--topic", "x"))
        rule = self.rule("fine.lua", "false")
        self.assertIn("expected --topic", self.refused(2, "rule", "dry-run", rule))
        self.assertIn("tidectl topic list", self.refused(1, "rule", "dry-run", rule, "--topic", "missing"))
        self.assertIn("no file of a log", self.refused(1, "rule", "dry-run", path, "--directory", self.broker.home))

    def test_admin_server_that_is_not_there_is_named(self):
        error = self.refused(1, "rule", "list", "--admin", "127.0.0.1:1")
        self.assertIn("127.0.0.1:1", error)
        self.assertIn("is the broker running", error)


if __name__ == "__main__":
    unittest.main()
