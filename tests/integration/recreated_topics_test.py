#!/usr/bin/env python3
"""Topics made again under the name of one that was deleted, over several shards of which one is late."""
import os
import struct
import threading
import time
import unittest

from broker import Broker
from extensions_test import NONE, Wire, batch_of, string, varint

TOPICS = 100


def large_batch():
    """One record that takes long to compress."""
    value = os.urandom(300_000).hex().encode()
    body = b"\0" + varint(0) + varint(0) + varint(-1) + varint(len(value)) + value + varint(0)
    return batch_of([None], records=varint(len(body)) + body)


def create_all(wire, names):
    body = struct.pack(">i", len(names))
    for name in names:
        body += string(name) + struct.pack(">ihii", 1, 1, 0, 0)
    answer = wire.ask(19, 4, body + struct.pack(">i?", 30000, False))
    answer.take(">ii")
    return [(answer.string(), answer.take(">h")[0], answer.string())[1] for _ in names]


def delete_all(wire, names):
    body = struct.pack(">i", len(names)) + b"".join(string(name) for name in names)
    answer = wire.ask(20, 3, body + struct.pack(">i", 30000))
    answer.take(">ii")
    return [(answer.string(), answer.take(">h")[0])[1] for _ in names]


def produce_to_all(broker, names):
    """At the same time; which of them were acknowledged."""
    acknowledged = []

    def produce(name):
        with Wire(broker) as wire:
            if wire.produce(name, 0, batch_of([b"k"]))[0] == NONE:
                acknowledged.append(name)
    producers = [threading.Thread(target=produce, args=(name,)) for name in names]
    for one in producers:
        one.start()
    for one in producers:
        one.join()
    return acknowledged


class RecreatedTopics(unittest.TestCase):
    def test_what_is_acknowledged_after_the_second_creation_stays(self):
        names = [f"again-{number}" for number in range(TOPICS)]
        with Broker("--set", "broker.shards=4") as broker:
            broker.start()
            stop = threading.Event()

            def delay_one_shard():
                with Wire(broker) as busy:
                    busy.create("busy", 1, compression__type="zstd", compression__zstd__level="19")
                    while not stop.is_set():
                        busy.produce("busy", 0, large_batch())
            loader = threading.Thread(target=delay_one_shard)
            loader.start()
            try:
                with Wire(broker) as wire:
                    self.assertEqual(set(create_all(wire, names)), {NONE})
                    time.sleep(0.5)  # the late shard hears of them in its own time
                    self.assertEqual(set(delete_all(wire, names)), {NONE})
                    self.assertEqual(set(create_all(wire, names)), {NONE})
                    acknowledged = produce_to_all(broker, names)
            finally:
                stop.set()
                loader.join()
            self.assertGreater(len(acknowledged), TOPICS // 2)
            broker.wait_until(lambda: not list(broker.data.glob("*-delete")), "all deletions are done")
            self.assertEqual([name for name in acknowledged if not (broker.data / f"{name}-0").is_dir()], [])
            broker.process.kill()
            broker.process.wait()
            broker.start()
            with Wire(broker) as wire:
                for name in acknowledged:
                    self.assertEqual(wire.produce(name, 0, batch_of([b"k"]))[3], 1, name)


if __name__ == "__main__":
    unittest.main()
