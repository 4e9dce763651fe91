#!/usr/bin/env python3
"""tidectl log dump and bench, against files of the real broker and the broker itself."""
import json
import os
import pty
import subprocess
import unittest

from broker import clean_environment
from tidectl import TIDECTL, WithBroker


class Help(WithBroker):
    def commands(self, *above):
        """Every command that can be run, as its words."""
        below = [word for word in self.tidectl("__complete", *above, "").split() if self.is_command(*above, word)]
        return [command for word in below for command in self.commands(*above, word)] or [above]

    def is_command(self, *words):
        return f"Usage: tidectl {' '.join(words)} " in self.tidectl(*words, "--help")

    def test_help_of_every_command_has_an_example(self):
        commands = self.commands()
        self.assertIn(("topic", "create"), commands)
        self.assertIn(("rule", "dry-run"), commands)
        self.assertGreater(len(commands), 30)
        for words in commands:
            self.assertRegex(self.tidectl(*words, "--help"), "Examples?:\n  ", words)

    def test_completion_knows_topics_and_runs_in_bash(self):
        self.tidectl("topic", "create", "completed-topic")
        self.assertEqual(self.tidectl("__complete", "topic", "describe", "compl"), "completed-topic\n")
        script = (self.tidectl("completion", "bash") +
                  f'tidectl() {{ {TIDECTL} "$@"; }}\nCOMP_WORDS=(tidectl topic des) COMP_CWORD=2\n_tidectl\n'
                  'echo "${COMPREPLY[@]}"\n')
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
        self.assertEqual(done.stdout, "describe\n", done.stderr)
        for shell in ("zsh", "fish"):
            self.assertIn("tidectl __complete", self.tidectl("completion", shell))

    def test_nothing_is_coloured_but_on_a_terminal(self):
        leader, follower = pty.openpty()
        self.addCleanup(os.close, leader)
        for variables, coloured in (({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False),
                                    ({"TERM": "dumb"}, False)):
            environment = clean_environment(**variables)
            if "NO_COLOR" not in variables:
                environment.pop("NO_COLOR", None)
            subprocess.run([TIDECTL, "topic", "list", "-b", self.broker.address], stdout=follower, env=environment,
                           check=True)
            self.assertEqual(b"\033[1m" in os.read(leader, 65536), coloured, variables)
        os.close(follower)
        self.assertNotIn("\033", self.tidectl("topic", "list"))


class LogDump(WithBroker):
    def partition(self):
        name = self.id().rsplit(".", 1)[1]
        self.tidectl("topic", "create", name, "-s", "segment.bytes=1048576")
        self.tidectl("produce", name, "-K", ":", "--idempotent", "-H", "a=b",
                     data="".join(f"key-{i}:{'x' * 1000}\n" for i in range(3000)))
        return self.broker.data / f"{name}-0"

    def test_dump_shows_every_record_while_the_broker_runs(self):
        rows = self.json("log", "dump", "--records", self.partition())
        kinds = {row["kind"] for row in rows}
        self.assertLessEqual({"batch", "record", "producer", "leader_epoch"}, kinds)
        records = [row for row in rows if row["kind"] == "record"]
        self.assertEqual([row["offset"] for row in records], list(range(3000)))
        self.assertEqual(records[7]["key"], "key-7")
        self.assertEqual(records[7]["headers"], [["a", "b"]])
        self.assertEqual(sum(row["count"] for row in rows if row["kind"] == "batch"), 3000)

    def test_dump_for_people_names_files(self):
        directory = self.partition()
        text = self.tidectl("log", "dump", directory)
        self.assertIn(f"{directory}/00000000000000000000.log\nbatch @0", text)
        self.assertNotIn("\033", text)

    def test_damage_is_told_with_its_place_and_ends_with_1(self):
        directory = self.partition()
        self.broker.stop()
        try:
            with open(directory / "00000000000000000000.log", "r+b") as log:
                log.seek(100)
                log.write(b"\xff")
            done = self.run_tidectl("--json", "log", "dump", directory)
            self.assertEqual(done.returncode, 1)
            problem = next(row for row in map(json.loads, done.stdout.splitlines()) if row["kind"] == "problem")
            self.assertEqual((problem["position"], problem["file"]), (0, f"{directory}/00000000000000000000.log"))
        finally:
            self.broker.start()

    def test_path_that_is_no_log_says_what_was_expected(self):
        done = self.run_tidectl("log", "dump", "/nowhere")
        self.assertEqual(done.returncode, 1)
        self.assertIn("expected the directory of a partition", done.stdout)


class Bench(WithBroker):
    def test_bench_produce_and_consume_count_the_same_records(self):
        self.tidectl("topic", "create", "load", "-p", "2")
        stored = self.json("bench", "produce", "load", "-c", "20000", "-s", "50", "-z", "lz4")[0]
        self.assertEqual((stored["records"], stored["failed"], stored["bytes"]), (20000, 0, 1000000))
        self.assertGreater(stored["records_per_second"], 0)
        self.assertLessEqual(stored["acknowledgement"]["p50_ms"], stored["acknowledgement"]["max_ms"])
        read = self.json("bench", "consume", "load")[0]
        self.assertEqual((read["records"], read["bytes"]), (20000, 1000000))
        self.assertEqual(self.json("bench", "consume", "load", "-c", "5000")[0]["records"], 5000)

    def test_bench_latency_sees_each_record_come_back(self):
        self.tidectl("topic", "create", "there-and-back")
        seen = self.json("bench", "latency", "there-and-back", "-c", "200", "--rate", "1000")[0]
        self.assertEqual(seen["records"], 200)
        self.assertGreater(seen["end_to_end"]["p50_ms"], 0)

    def test_bench_of_a_missing_topic_makes_none(self):
        for command in ("produce", "consume", "latency"):
            self.assertIn("tidectl topic create", self.refused(1, "bench", command, "missing"))
        self.assertEqual(self.tidectl("topic", "list", "missing", "--names"), "")


if __name__ == "__main__":
    unittest.main()
