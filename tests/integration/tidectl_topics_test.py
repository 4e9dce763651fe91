#!/usr/bin/env python3
"""tidectl topic, cluster and config, against the real broker."""
import time
import unittest

from tidectl import WithBroker


class Topics(WithBroker):
    def test_topic_is_made_listed_described_and_deleted(self):
        self.tidectl("topic", "create", "made", "-p", "3", "-s", "retention.ms=86400000")
        listed = {row["topic"]: row for row in self.json("topic", "list")[0]["topics"]}
        self.assertEqual(listed["made"], {"topic": "made", "partitions": 3, "replication": 1, "troubled_partitions": 0})
        self.assertIn("made", self.tidectl("topic", "list", "ma*", "--names").splitlines())
        self.assertEqual(self.tidectl("topic", "list", "other*", "--names"), "")
        self.tidectl("produce", "made", "-p", "1", data="one\ntwo\n")
        described = self.json("topic", "describe", "made")[0]
        self.assertEqual(described["settings"], {"retention.ms": "86400000"})
        self.assertEqual([row["end_offset"] for row in described["partitions"]], [0, 2, 0])
        self.assertGreater(described["partitions"][1]["size_bytes"], 61)
        text = self.tidectl("topic", "describe", "made")
        self.assertIn("PARTITION  LEADER  REPLICAS  IN SYNC  START  END  RECORDS", text)
        self.tidectl("topic", "delete", "made")
        self.assertIn("UNKNOWN_TOPIC_OR_PART", self.refused(1, "topic", "describe", "made"))

    def test_dry_run_makes_nothing(self):
        self.tidectl("topic", "create", "ghost", "--dry-run")
        self.assertEqual(self.tidectl("topic", "list", "ghost", "--names"), "")

    def test_second_topic_of_a_name_is_refused_and_the_way_on_is_told(self):
        self.tidectl("topic", "create", "twice")
        error = self.refused(1, "topic", "create", "twice")
        self.assertIn("TOPIC_ALREADY_EXISTS", error)
        self.assertIn("tidectl topic alter", error)

    def test_alter_leaves_what_is_not_named(self):
        self.tidectl("topic", "create", "altered", "-s", "retention.ms=1000", "-s", "segment.bytes=1048576")
        self.tidectl("topic", "alter", "altered", "retention.bytes=5000", "--unset", "segment.bytes")
        self.assertEqual(self.json("topic", "describe", "altered")[0]["settings"],
                         {"retention.ms": "1000", "retention.bytes": "5000"})
        self.tidectl("topic", "alter", "altered", "cleanup.policy+=compact")
        self.assertIn("compact", self.json("topic", "describe", "altered")[0]["settings"]["cleanup.policy"])
        self.tidectl("topic", "alter", "altered", "retention.ms=7", "--dry-run")
        self.assertEqual(self.json("topic", "describe", "altered")[0]["settings"]["retention.ms"], "1000")

    def test_alter_with_a_slip_names_it(self):
        self.tidectl("topic", "create", "slip")
        self.assertIn("retention.mss", self.refused(1, "topic", "alter", "slip", "retention.mss=7"))
        self.assertIn("expected KEY=VALUE", self.refused(2, "topic", "alter", "slip", "retention.ms"))
        self.assertIn("nothing to change", self.refused(2, "topic", "alter", "slip"))

    def test_grow_adds_partitions_and_never_takes_some(self):
        self.tidectl("topic", "create", "grown", "-p", "2")
        self.tidectl("topic", "grow", "grown", "-p", "4")
        self.assertEqual(len(self.json("topic", "describe", "grown")[0]["partitions"]), 4)
        self.assertIn("INVALID_PARTITIONS", self.refused(1, "topic", "grow", "grown", "-p", "3"))

    def test_trim_moves_the_start(self):
        self.tidectl("topic", "create", "trimmed", "-p", "2")
        self.tidectl("produce", "trimmed", "-p", "0", data="a\nb\nc\nd\n")
        planned = self.json("topic", "trim", "trimmed", "--before", "-1", "--dry-run")[0]
        self.assertEqual([row["start_offset"] for row in planned["partitions"]], [3, 0])
        self.assertEqual(self.json("topic", "describe", "trimmed")[0]["partitions"][0]["start_offset"], 0)
        self.json("topic", "trim", "trimmed", "--before", "-1", "-p", "0")
        self.assertEqual(self.json("topic", "describe", "trimmed")[0]["partitions"][0]["start_offset"], 3)
        self.assertEqual(self.tidectl("consume", "trimmed"), "d\n")
        self.assertIn("no partition 7, expected 0 to 1", self.refused(2, "topic", "trim", "trimmed", "--before", "end",
                                                                      "-p", "7"))

    def test_sizes_are_those_of_the_disk(self):
        self.tidectl("topic", "create", "sized")
        self.tidectl("produce", "sized", data="x" * 5000 + "\n")
        row = self.json("topic", "list", "sized", "--sizes")[0]["topics"][0]
        self.assertEqual(row["size_bytes"], (self.broker.data / "sized-0" / "00000000000000000000.log").stat().st_size)


class Cluster(WithBroker):
    def test_cluster_names_its_brokers(self):
        self.tidectl("topic", "create", "led", "-p", "5")
        shown = self.json("cluster")[0]
        self.assertEqual(len(shown["cluster_id"]), 22)
        self.assertEqual([(row["address"], row["controller"], row["leads"]) for row in shown["brokers"]],
                         [(self.broker.address, True, 5)])

    def test_config_shows_what_differs_and_changes_topics(self):
        self.tidectl("topic", "create", "configured")
        self.assertIn("differs from the defaults", self.tidectl("config", "list", "--topic", "configured"))
        self.tidectl("config", "set", "--topic", "configured", "retention.ms=5000")
        rows = self.json("config", "list", "--topic", "configured")[0]["settings"]
        self.assertEqual(rows, [{"name": "retention.ms", "value": "5000", "source": "topic", "read_only": False}])
        everything = self.json("config", "list", "--topic", "configured", "--all")[0]["settings"]
        self.assertGreater(len(everything), 20)
        broker = self.json("config", "list", "broker.data")[0]["settings"]
        self.assertEqual([row["value"] for row in broker], [str(self.broker.data)])
        self.assertIn("--topic NAME or --broker ID", self.refused(2, "config", "set", "a=b"))

    def test_nobody_listening_is_told_at_once(self):
        begun = time.monotonic()
        error = self.refused(1, "topic", "list", "-b", "127.0.0.1:1")
        self.assertIn("127.0.0.1:1: Connection refused", error)
        self.assertIn("--brokers HOST:PORT", error)
        self.assertLess(time.monotonic() - begun, 5)
        self.assertIn("expected HOST:PORT", self.refused(2, "topic", "list", "-b", "127.0.0.1:port"))

    def test_something_else_listening_is_told_within_the_timeout(self):
        error = self.refused(1, "topic", "list", "-b", f"127.0.0.1:{self.broker.admin_port}", "--timeout", "1")
        self.assertIn("does a Kafka broker listen there", error)

    def test_settings_of_librdkafka_are_passed_on_and_checked(self):
        self.tidectl("topic", "list", "-X", "socket.keepalive.enable=true")
        self.assertIn("No such configuration property", self.refused(2, "topic", "list", "-X", "nonsense=1"))
        self.tidectl("topic", "create", "plain")
        error = self.refused(1, "topic", "alter", "plain", "retention.ms=1", "-X", "security.protocol=ssl")
        self.assertIn("plain connections only", error)


if __name__ == "__main__":
    unittest.main()
