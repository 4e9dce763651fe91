#!/usr/bin/env python3
"""Client quotas with a stock client: whoever takes too much waits, others do not, and it outlives restarts."""
import re
import shutil
import signal
import socket
import struct
import time
import unittest

from broker import PATIENCE_SECONDS, Broker, kcat

ALTER_CLIENT_QUOTAS = 49


def text(value):
    return struct.pack(">h", -1) if value is None else struct.pack(">h", len(value)) + value.encode()


def set_quota(broker, kind, name, key, value):
    """value None: removes it."""
    body = (struct.pack(">i", 1) + struct.pack(">i", 1) + text(kind) + text(name) + struct.pack(">i", 1) + text(key)
            + struct.pack(">d?", value or 0.0, value is None) + struct.pack(">?", False))
    frame = struct.pack(">hhi", ALTER_CLIENT_QUOTAS, 0, 7) + text("quotas-test") + body
    with socket.create_connection(("127.0.0.1", broker.port), timeout=PATIENCE_SECONDS) as peer:
        peer.sendall(struct.pack(">i", len(frame)) + frame)
        with peer.makefile("rb") as answer:
            size, = struct.unpack(">i", answer.read(4))
            error, = struct.unpack(">h", answer.read(size)[12:14])
    if error != 0:
        raise AssertionError(f"AlterClientQuotas: error {error}\n{broker.log()}")


def throttled(broker, quota):
    return int(re.search(rf'(?m)^tidemill_throttled_requests_total\{{quota="{quota}"\}} (\d+)$',
                         broker.get("/metrics")[1]).group(1))


LINES = b"".join(b"%06d " % i + b"x" * 993 + b"\n" for i in range(400))


@unittest.skipUnless(shutil.which("kcat"), "kcat is not installed")
class Quotas(unittest.TestCase):
    def seconds(self, broker, client, topic):
        began = time.monotonic()
        kcat(broker, "-P", "-t", topic, "-p", "0", "-X", f"client.id={client}", "-X", "batch.num.messages=20",
             data=LINES)
        return time.monotonic() - began

    def test_producer_waits_and_loses_nothing_and_others_do_not_wait(self):
        with Broker() as broker:
            broker.start()
            kcat(broker, "-P", "-t", "slow", "-p", "0", data=b"")
            set_quota(broker, "client-id", "slow", "producer_byte_rate", 100_000)
            for number in (signal.SIGTERM, signal.SIGKILL):
                # 400 KB are four seconds' worth. The first of them is free, and nobody waits for what the last five
                # requests cost, which are on their way together: about two seconds at least.
                self.assertGreater(self.seconds(broker, "slow", f"slow-{number}"), 1.5)
                self.assertGreater(throttled(broker, "produce"), 0)
                before = throttled(broker, "produce")
                self.seconds(broker, "quick", f"quick-{number}")
                self.assertEqual(throttled(broker, "produce"), before)
                got = kcat(broker, "-C", "-t", f"slow-{number}", "-p", "0", "-o", "beginning", "-e", "-q")
                self.assertEqual(got, LINES)
                broker.stop(number)
                broker.start()
            set_quota(broker, "client-id", "slow", "producer_byte_rate", None)
            self.seconds(broker, "slow", "free")
            self.assertEqual(throttled(broker, "produce"), 0)

    def test_consumer_waits_and_misses_nothing(self):
        with Broker() as broker:
            broker.start()
            self.seconds(broker, "any", "t")
            set_quota(broker, "client-id", None, "consumer_byte_rate", 100_000)
            began = time.monotonic()
            got = kcat(broker, "-C", "-t", "t", "-p", "0", "-o", "beginning", "-e", "-q", "-X",
                       "fetch.message.max.bytes=50000")
            self.assertEqual(got, LINES)
            self.assertGreater(time.monotonic() - began, 1.5)
            self.assertGreater(throttled(broker, "fetch"), 0)

    def test_connections_of_an_address_beyond_its_rate_are_closed(self):
        def is_taken(broker):
            with socket.create_connection(("127.0.0.1", broker.port), timeout=PATIENCE_SECONDS) as peer:
                frame = struct.pack(">hhi", 18, 0, 1) + text("quotas-test")  # ApiVersions
                try:
                    peer.sendall(struct.pack(">i", len(frame)) + frame)
                    return bool(peer.recv(4))
                except ConnectionError:
                    return False
        with Broker() as broker:
            broker.start()
            set_quota(broker, "ip", "127.0.0.1", "connection_creation_rate", 5)
            outcomes = [is_taken(broker) for _ in range(20)]
            self.assertTrue(all(outcomes[:5]), outcomes)
            self.assertFalse(all(outcomes), outcomes)
            broker.wait_for_log("connections a second of one address")
            broker.stop()
            broker.start()
            self.assertFalse(all(is_taken(broker) for _ in range(20)), "it outlives a restart")


if __name__ == "__main__":
    unittest.main()
