#!/usr/bin/env python3
"""tidectl produce and consume, against the real broker."""
import json
import subprocess
import unittest

from broker import PATIENCE_SECONDS, clean_environment, kcat
from tidectl import TIDECTL, WithBroker


class Records(WithBroker):
    def topic(self, partitions=1):
        name = self.id().rsplit(".", 1)[1]
        self.tidectl("topic", "create", name, "-p", partitions)
        return name

    def test_lines_with_keys_and_headers_come_back(self):
        topic = self.topic()
        self.tidectl("produce", topic, "-K", ":", "-H", "source=test", data="ann:one\nbob:two\nthree\n")
        self.assertEqual(self.tidectl("consume", topic, "--format", "%t %p %o %k=%v %h %K %V\\n"),
                         f"{topic} 0 0 ann=one source=test 3 3\n{topic} 0 1 bob=two source=test 3 3\n"
                         f"{topic} 0 2 =three source=test -1 5\n")

    def test_json_goes_round_with_nulls_bytes_and_repeated_headers(self):
        topic = self.topic()
        sent = [{"key": None, "value": None, "headers": [], "timestamp": 1000},
                {"key": "k", "value": "", "headers": [["a", "1"], ["a", None]], "timestamp": 2000},
                {"key": "ö", "value": {"base64": "/wD+"}, "headers": [], "timestamp": 3000}]
        self.tidectl("produce", topic, "--format", "json", data="".join(json.dumps(one) + "\n" for one in sent))
        got = self.json("consume", topic)
        self.assertEqual([{name: one[name] for name in ("key", "value", "headers", "timestamp")} for one in got], sent)
        self.assertEqual([one["offset"] for one in got], [0, 1, 2])
        # Other clients see the same.
        self.assertEqual(kcat(self.broker, "-C", "-e", "-q", "-t", topic, "-f", "%K %S %k;"), b"-1 -1 ;1 0 k;2 3 \xc3\xb6;")

    def test_keys_go_where_the_java_client_sends_them(self):
        topic = self.topic(partitions=7)
        self.tidectl("produce", topic, "-K", ":", data="".join(f"key-{i}:v\n" for i in range(50)))
        got = {one["key"]: one["partition"] for one in self.json("consume", topic)}
        self.assertEqual(got, {f"key-{i}": murmur2(f"key-{i}".encode()) % 7 for i in range(50)})

    def test_every_compression_is_read_back(self):
        topic = self.topic()
        for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
            self.tidectl("produce", topic, "-z", codec, "--acks", "1", data=codec * 100 + "\n")
        self.assertEqual([line[:4] for line in self.tidectl("consume", topic).splitlines()],
                         ["none", "gzip", "snap", "lz4l", "zstd"])

    def test_file_is_one_record_and_tombstones_are_null(self):
        topic = self.topic()
        path = self.broker.home / "whole"
        path.write_text("two\nlines\n")
        self.tidectl("produce", topic, path, "--format", "file", "-k", "name")
        self.tidectl("produce", topic, "-K", ":", "--tombstones", "--idempotent", data="name:\n")
        got = self.json("consume", topic)
        self.assertEqual([(one["key"], one["value"]) for one in got], [("name", "two\nlines\n"), ("name", None)])

    def test_positions_choose_what_is_read(self):
        topic = self.topic(partitions=2)
        rows = [{"value": str(i), "timestamp": 1_700_000_000_000 + i * 60_000, "partition": 0} for i in range(10)]
        self.tidectl("produce", topic, "--format", "json", data="".join(json.dumps(row) + "\n" for row in rows))
        read = lambda *words: self.tidectl("consume", topic, *words).split()
        self.assertEqual(read("--from", "7"), ["7", "8", "9"])
        self.assertEqual(read("--from", "-2"), ["8", "9"])
        self.assertEqual(read("--from", "2", "--until", "4"), ["2", "3"])
        self.assertEqual(read("--from", "end"), [])
        self.assertEqual(read("--count", "3"), ["0", "1", "2"])
        self.assertEqual(read("--from", "@1700000400000"), ["7", "8", "9"])
        self.assertEqual(read("--from", "2023-11-14T22:21:20Z"), ["8", "9"])
        self.assertEqual(read("--until", "2023-11-14T22:15:20"), ["0", "1"])
        self.assertEqual(read("--from", "-1h"), [])
        self.assertEqual(read("-p", "1"), [])
        self.assertIn("--from: found 'soon', expected start, end", self.refused(2, "consume", topic, "--from", "soon"))

    def test_group_goes_on_where_it_was(self):
        topic = self.topic(partitions=2)
        self.tidectl("produce", topic, "-K", ":", data="".join(f"{i}:{i}\n" for i in range(20)))
        first = self.tidectl("consume", topic, "--group", topic, "--count", "5").split()
        rest = self.tidectl("consume", topic, "--group", topic).split()
        self.assertEqual(len(first), 5)
        self.assertEqual(sorted(map(int, first + rest)), list(range(20)))
        self.assertEqual(self.tidectl("consume", topic, "--group", topic), "")
        self.assertIn("tidectl group reset", self.refused(2, "consume", topic, "--group", topic, "--from", "3"))

    def test_follow_waits_for_more_and_ends_with_a_signal(self):
        topic = self.topic()
        self.tidectl("produce", topic, data="before\n")
        follower = subprocess.Popen([TIDECTL, "consume", topic, "--follow", "-b", self.broker.address],
                                    stdout=subprocess.PIPE, text=True, env=clean_environment())
        self.addCleanup(follower.stdout.close)
        self.assertEqual(follower.stdout.readline(), "before\n")
        self.tidectl("produce", topic, data="after\n")
        self.assertEqual(follower.stdout.readline(), "after\n")
        follower.terminate()
        self.assertEqual(follower.wait(PATIENCE_SECONDS), 0)

    def test_bad_input_names_file_and_line(self):
        topic = self.topic()
        path = self.broker.home / "rows.json"
        path.write_text('{"value": "fine"}\n{"valeu": "slip"}\n')
        error = self.refused(1, "produce", topic, path, "--format", "json")
        self.assertIn(f'{path}:2: field "valeu": found "slip"', error)
        self.assertIn("1 records before it are stored", error)
        self.assertEqual(self.tidectl("consume", topic), "fine\n")
        self.assertIn("expected NAME=VALUE", self.refused(2, "produce", topic, "-H", "x", data=""))
        self.assertIn("%x", self.refused(2, "consume", topic, "--format", "%x"))

    def test_missing_topic_is_not_made_by_a_slip(self):
        for words in (("produce", "slipp"), ("consume", "slipp"), ("consume", "slipp", "-g", "g")):
            self.assertIn("tidectl topic create", self.refused(1, *words, data="x\n"))
        self.assertEqual(self.tidectl("topic", "list", "slipp", "--names"), "")

    def test_records_that_the_broker_refuses_are_counted(self):
        topic = self.topic()
        self.tidectl("topic", "alter", topic, "max.message.bytes=100")
        error = self.refused(1, "produce", topic, data="x" * 1000 + "\n")
        self.assertIn("1 of 1 records were not stored", error)
        self.assertIn("MSG_SIZE_TOO_LARGE", error)

    def test_partition_that_is_not_there_is_refused(self):
        topic = self.topic()
        self.assertIn("UNKNOWN_PARTITION", self.refused(1, "produce", topic, "-p", "9", data="x\n"))


def murmur2(key):
    """Kafka's hash of a key, as a number that is not negative."""
    mask, m = 0xFFFFFFFF, 0x5BD1E995
    h = (0x9747B28C ^ len(key)) & mask
    whole = len(key) // 4 * 4
    for at in range(0, whole, 4):
        k = int.from_bytes(key[at:at + 4], "little") * m & mask
        k = (k ^ k >> 24) * m & mask
        h = (h * m & mask) ^ k
    if whole < len(key):
        h = (h ^ int.from_bytes(key[whole:], "little")) * m & mask
    h = (h ^ h >> 13) * m & mask
    return (h ^ h >> 15) & 0x7FFFFFFF


if __name__ == "__main__":
    unittest.main()
