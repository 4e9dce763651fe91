#!/usr/bin/env python3
"""The admin HTTP server of the real binary: pages, bounds, bad peers."""
import json
import re
import shutil
import socket
import time
import unittest

from broker import Broker, kcat


class Admin(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker = Broker("--set", "topic_defaults.num.partitions=3").start()

    @classmethod
    def tearDownClass(cls):
        cls.broker.__exit__()

    def raw(self, data, *, wait_for_end=True):
        with socket.create_connection(("127.0.0.1", self.broker.admin_port), timeout=20) as peer:
            try:
                peer.sendall(data)
                got = b""
                while wait_for_end and (piece := peer.recv(65536)):
                    got += piece
                return got
            except (ConnectionResetError, BrokenPipeError):
                return b"reset"

    def test_health_and_readiness(self):
        self.assertEqual(self.broker.get("/healthz"), (200, "ok\n"))
        self.assertEqual(self.broker.get("/readyz"), (200, "ready\n"))

    def test_broker_page(self):
        status, text = self.broker.get("/v1/broker")
        page = json.loads(text)
        self.assertEqual((status, page["node_id"], page["ready"]), (200, 1, True))
        self.assertEqual(page["listeners"],
                         [{"name": "plain", "host": "127.0.0.1", "port": self.broker.port}])
        self.assertRegex(page["cluster_id"], r"^[\w-]{22}$")

    @unittest.skipUnless(shutil.which("kcat"), "kcat is not installed")
    def test_topics_page_and_metrics_follow_what_clients_do(self):
        kcat(self.broker, "-P", "-t", "shown", "-p", "1", data=b"x\n")
        topics = json.loads(self.broker.get("/v1/topics")[1])["topics"]
        shown = next(topic for topic in topics if topic["name"] == "shown")
        self.assertEqual([p["index"] for p in shown["partitions"]], [0, 1, 2])
        self.assertEqual([p["leader"] for p in shown["partitions"]], [1, 1, 1])
        metrics = self.broker.get("/metrics")[1]
        self.assertGreaterEqual(float(re.search(r"^tidemill_partitions (\S+)$", metrics, re.M)[1]), 3)
        self.assertGreater(
            float(re.search(r'^tidemill_requests_total{shard="0"} (\S+)$', metrics, re.M)[1]), 0)

    def test_metrics_are_prometheus_text(self):
        status, text = self.broker.get("/metrics")
        self.assertEqual(status, 200)
        sample = re.compile(r'^[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? [-+0-9.eE]+$')
        for line in text.splitlines():
            self.assertTrue(line.startswith("# ") or sample.match(line), line)
        names = re.findall(r"^# TYPE (\S+) ", text, re.M)
        self.assertEqual(len(names), len(set(names)))
        resident = float(re.search(r"^process_resident_memory_bytes (\S+)$", text, re.M)[1])
        self.assertGreater(resident, 1 << 20)

    def test_unknown_paths_and_methods(self):
        self.assertEqual(self.broker.get("/nothing")[0], 404)
        self.assertEqual(self.broker.get("/healthz", method="POST")[0], 405)
        self.assertEqual(self.broker.get("/healthz", method="DELETE")[0], 405)

    def test_garbage_is_answered_and_closed(self):
        self.assertTrue(self.raw(b"\0\0\0\x20garbage\r\n\r\n").startswith(b"HTTP/1.1 400"))
        self.assertTrue(self.raw(b"\x16\x03\x01\x02\x00\x01").startswith(b"HTTP/1.1 400"))
        endless = b"GET / HTTP/1.1\r\nX: " + b"x" * 20000
        self.assertIn(self.raw(endless)[:12], (b"HTTP/1.1 431", b"reset"))
        self.assertEqual(self.broker.get("/healthz")[0], 200)

    def test_many_slow_peers_keep_nobody_out_for_long(self):
        peers = [socket.create_connection(("127.0.0.1", self.broker.admin_port)) for _ in range(40)]
        try:
            for peer in peers:
                peer.sendall(b"GET /healthz HTTP/1.1\r\n")
            self.broker.wait_until(lambda: self.broker.get("/healthz")[0] == 200,
                                   "the admin server answers while slow peers wait")
        finally:
            for peer in peers:
                peer.close()

    def test_hundreds_of_half_sent_requests_delay_nobody(self):
        peers = []
        try:
            for _ in range(300):
                peers.append(socket.create_connection(("127.0.0.1", self.broker.admin_port)))
                peers[-1].sendall(b"GET /healthz HTTP/1.1\r\n")
            for _ in range(20):
                begun = time.monotonic()
                self.assertEqual(self.broker.get("/healthz"), (200, "ok\n"))
                self.assertEqual(self.broker.get("/metrics")[0], 200)
                self.assertLess(time.monotonic() - begun, 2, "a bound against being blocked")
                peers.append(socket.create_connection(("127.0.0.1", self.broker.admin_port)))
        finally:
            for peer in peers:
                peer.close()

    def test_half_sent_request_is_cut_off_by_its_deadline(self):
        with socket.create_connection(("127.0.0.1", self.broker.admin_port), timeout=20) as peer:
            peer.sendall(b"GET /healthz HTTP/1.1\r\n")
            begun = time.monotonic()
            self.assertEqual(peer.recv(1), b"")
            self.assertLess(time.monotonic() - begun, 8)


if __name__ == "__main__":
    unittest.main()
