#!/usr/bin/env python3
"""tidectl group, against the real broker."""
import socket
import struct
import subprocess
import unittest

from broker import clean_environment
from tidectl import TIDECTL, WithBroker


def join_by_new_protocol(broker, group, topic):
    """A member of a group of KIP-848's protocol: one ConsumerGroupHeartbeat, version 0."""
    def text(value):
        return bytes([len(value) + 1]) + value.encode()
    body = (text(group) + text("") + struct.pack(">i", 0) + b"\0\0" + struct.pack(">i", 60000) + b"\x02" + text(topic) +
            b"\0" + b"\x01" + b"\0")
    frame = struct.pack(">hhih", 68, 0, 1, 8) + b"new-kind" + b"\0" + body
    with socket.create_connection(("127.0.0.1", broker.port)) as wire:
        wire.sendall(struct.pack(">i", len(frame)) + frame)
        size, correlation = struct.unpack(">ii", wire.recv(8, socket.MSG_WAITALL))
        answer = wire.recv(size - 4, socket.MSG_WAITALL)
        assert correlation == 1 and answer[5:7] == b"\0\0", answer


class Groups(WithBroker):
    def read(self, *words):
        """A topic with two partitions, ten records in the first, of which a group has read some."""
        name = self.id().rsplit(".", 1)[1]
        self.tidectl("topic", "create", name, "-p", "2")
        self.tidectl("produce", name, "-p", "0", data="".join(f"{i}\n" for i in range(10)))
        self.tidectl("consume", name, "--group", name, *words)
        return name

    def test_group_is_listed_described_and_deleted(self):
        name = self.read("--count", "4")
        self.assertIn({"group": name, "state": "Empty"}, self.json("group", "list")[0]["groups"])
        described = self.json("group", "describe", name)[0]
        self.assertEqual((described["state"], described["protocol"], described["members"]), ("Empty", "classic", []))
        self.tidectl("group", "delete", name)
        self.assertNotIn(name, self.tidectl("group", "list"))
        for words in (("describe", name), ("delete", name), ("lag", name)):
            self.assertIn("tidectl group list", self.refused(1, "group", *words))

    def test_members_are_shown_with_what_they_have_and_hold_the_group(self):
        name = self.read("--count", "1")
        member = subprocess.Popen([TIDECTL, "consume", name, "--group", name, "--follow", "-b", self.broker.address],
                                  stdout=subprocess.PIPE, text=True, env=clean_environment())
        self.addCleanup(member.stdout.close)
        self.addCleanup(member.wait)
        self.addCleanup(member.terminate)
        self.assertEqual(member.stdout.readline(), "1\n")
        shown = self.json("group", "describe", name)[0]
        self.assertEqual(shown["state"], "Stable")
        self.assertEqual([one["client_id"] for one in shown["members"]], ["tidectl"])
        self.assertEqual(shown["members"][0]["partitions"],
                         [{"topic": name, "partition": 0}, {"topic": name, "partition": 1}])
        for words in (("delete", name), ("reset", name, "--to", "start")):
            self.assertIn("its members must be stopped first", self.refused(1, "group", *words))

    def test_group_of_the_new_protocol_is_described(self):
        name = self.id().rsplit(".", 1)[1]
        self.tidectl("topic", "create", name, "-p", "3")
        self.refused(1, "group", "describe", name)  # finds the coordinator, which loads its groups
        join_by_new_protocol(self.broker, name, name)
        shown = self.json("group", "describe", name)[0]
        self.assertEqual((shown["protocol"], shown["state"], shown["assignor"]), ("consumer", "Stable", "uniform"))
        self.assertEqual([one["client_id"] for one in shown["members"]], ["new-kind"])
        self.assertEqual(shown["members"][0]["partitions"], [{"topic": name, "partition": i} for i in range(3)])

    def test_lag_counts_what_is_left(self):
        name = self.read("--count", "4")
        shown = self.json("group", "lag", name)[0]
        self.assertEqual(shown["lag"], 6)
        self.assertEqual(shown["partitions"], [{"group": name, "topic": name, "partition": 0, "committed": 4,
                                                "end_offset": 10, "lag": 6}])
        self.assertIn(name, self.tidectl("group", "lag", "--topic", name))

    def test_holder_is_the_group_that_is_furthest_behind(self):
        name = self.read("--count", "8")
        self.tidectl("consume", name, "--group", "slow-" + name, "--count", "5")
        held = self.json("group", "lag", "--holders", "--topic", name)[0]["partitions"]
        self.assertEqual([(row["held_by"], row["records_held"]) for row in held], [("slow-" + name, 5)])
        size = (self.broker.data / f"{name}-0" / "00000000000000000000.log").stat().st_size
        self.assertEqual(held[0]["bytes_held_estimate"], size // 2)

    def test_reset_sends_the_group_elsewhere(self):
        name = self.read()
        self.assertEqual(self.json("group", "lag", name)[0]["lag"], 0)
        planned = self.json("group", "reset", name, "--to", "-3", "--dry-run")[0]
        self.assertEqual(planned["partitions"], [{"topic": name, "partition": 0, "was": 10, "offset": 7}])
        self.assertEqual(self.json("group", "lag", name)[0]["lag"], 0)
        self.tidectl("group", "reset", name, "--to", "-3")
        self.assertEqual(self.tidectl("consume", name, "--group", name), "7\n8\n9\n")
        self.tidectl("group", "reset", name, "--topic", name, "-p", "0", "--to", "2023-01-01")
        self.assertEqual(self.json("group", "lag", name)[0]["lag"], 10)
        self.assertIn("--to: found 'x'", self.refused(2, "group", "reset", name, "--to", "x"))
        self.assertIn("name the topics", self.refused(2, "group", "reset", "nobody", "--to", "start"))

    def test_group_is_made_by_a_reset_that_names_topics(self):
        name = self.read("--count", "1")
        self.tidectl("group", "reset", "new-" + name, "--topic", name, "--to", "6")
        self.assertEqual(self.tidectl("consume", name, "--group", "new-" + name), "6\n7\n8\n9\n")


if __name__ == "__main__":
    unittest.main()
