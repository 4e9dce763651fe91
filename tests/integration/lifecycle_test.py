#!/usr/bin/env python3
"""Start and stop of the real binary: locks, ports, limits, signals, exit codes, what survives."""
import os
import pathlib
import random
import resource
import shutil
import signal
import socket
import struct
import subprocess
import time
import unittest

from broker import BINARY, PATIENCE_SECONDS, Broker, clean_environment, free_port, kcat, run

HAS_KCAT = shutil.which("kcat") is not None
IS_ROOT = os.geteuid() == 0


def refusal(*words, preexec=None):
    """Runs a broker that cannot start; returns its exit status and what it said."""
    done = subprocess.run([BINARY, *words], env=clean_environment(), capture_output=True, text=True,
                          timeout=PATIENCE_SECONDS, check=False, preexec_fn=preexec)
    return done.returncode, done.stderr


class Lifecycle(unittest.TestCase):
    def test_sigterm_and_sigint_stop_cleanly_with_0(self):
        with Broker() as broker:
            for number in (signal.SIGTERM, signal.SIGINT):
                broker.start()
                self.assertEqual(broker.stop(number), 0)
                self.assertIn("info stopped clean=true", broker.log())
                self.assertTrue((broker.data / ".kafka_cleanshutdown").exists())
            self.assertNotIn("error", broker.log())

    def test_clean_stop_is_remembered(self):
        with Broker() as broker:
            broker.start().stop()
            broker.start()
            self.assertIn("was_clean=true", broker.log().splitlines()[-1] + broker.log())
            self.assertFalse((broker.data / ".kafka_cleanshutdown").exists())

    def test_second_broker_on_one_directory_is_refused(self):
        with Broker() as broker:
            broker.start()
            status, said = refusal("--set", f"broker.data_directory={broker.data}",
                                   "--set", f"listener.0.address=127.0.0.1:{free_port()}",
                                   "--set", "admin.address=")
            self.assertEqual(status, 1)
            self.assertIn("is in use by another tidemill", said)
            self.assertEqual(broker.get("/readyz")[0], 200)

    def test_port_in_use_is_named_with_its_key(self):
        with Broker() as broker, socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            base = ["--set", f"broker.data_directory={broker.data}"]
            for key, other in (("listener.0.address", ["--set", "admin.address="]),
                               ("admin.address", ["--set", f"listener.0.address={broker.address}"])):
                status, said = refusal(*base, *other, "--set", f"{key}=127.0.0.1:{port}")
                self.assertEqual(status, 1)
                self.assertIn(f"cannot listen on 127.0.0.1:{port} ({key}): another process, or another "
                              "listener of this broker, listens there", said)

    def test_address_of_another_machine_is_refused(self):
        with Broker() as broker:
            status, said = refusal("--set", f"broker.data_directory={broker.data}", "--set",
                                   "listener.0.address=192.0.2.1:9092", "--set", "admin.address=")
            self.assertEqual(status, 1)
            self.assertIn("this machine has no such address", said)

    def test_file_in_the_place_of_the_directory_is_refused(self):
        with Broker() as broker:
            broker.data.write_text("not a directory")
            status, said = refusal("--set", f"broker.data_directory={broker.data}")
            self.assertEqual(status, 1)
            self.assertIn("cannot be used: ", said)

    @unittest.skipIf(IS_ROOT and not pathlib.Path("/proc/self").exists(), "needs /proc as root")
    def test_directory_that_is_not_writable_is_refused(self):
        with Broker() as broker:
            if IS_ROOT:  # permissions do not bind root, /proc does
                path = "/proc/tidemill-data"
            else:
                path = broker.home / "closed"
                path.mkdir(mode=0o500)
                path = path / "data"
            status, said = refusal("--set", f"broker.data_directory={path}")
            self.assertEqual(status, 1)
            self.assertIn(f"the data directory {path} cannot be used: ", said)

    def test_too_few_descriptors_are_refused(self):
        with Broker() as broker:
            status, said = refusal(
                "--set", f"broker.data_directory={broker.data}",
                preexec=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40)))
            self.assertEqual(status, 1)
            self.assertIn("only 40 files may be open and at least 128 are needed", said)

    def test_directory_of_another_node_is_refused(self):
        with Broker() as broker:
            broker.start().stop()
            status, said = refusal("--set", f"broker.data_directory={broker.data}",
                                   "--set", "broker.node_id=7")
            self.assertEqual(status, 1)
            self.assertIn("belongs to node 1; set broker.node_id to that", said)

    def test_each_failure_is_one_line(self):
        with Broker() as broker:
            broker.data.write_text("not a directory")
            _, said = refusal("--set", f"broker.data_directory={broker.data}")
            self.assertEqual(len([l for l in said.splitlines() if " error " in l]), 1, said)

    def test_sighup_applies_reloadable_keys_and_names_the_others(self):
        with Broker(configuration='[broker]\nlog_level = "info"\n') as broker:
            broker.start()
            broker.configuration.write_text('[broker]\nlog_level = "debug"\nrack = "b"\n')
            broker.send(signal.SIGHUP)
            broker.wait_for_log("info reloaded changed=1 need_restart=1")
            self.assertIn("reload_needs_restart key=broker.rack", broker.log())
            broker.configuration.write_text("[broker]\nlog_level = 5\n")
            broker.send(signal.SIGHUP)
            broker.wait_for_log("reload_refused")
            self.assertEqual(broker.get("/readyz")[0], 200)
            self.assertEqual(broker.stop(), 0)

    def test_sighup_changes_the_number_of_connections(self):
        with Broker(configuration="[limits]\nconnections_per_address_max = 100\n") as broker:
            broker.start()
            broker.configuration.write_text("[limits]\nconnections_per_address_max = 1\n")
            broker.send(signal.SIGHUP)
            broker.wait_for_log("info reloaded changed=1")
            with socket.create_connection(("127.0.0.1", broker.port)):
                with socket.create_connection(("127.0.0.1", broker.port), timeout=20) as second:
                    self.assertEqual(second.recv(1), b"", broker.log())

    def test_log_as_json_is_one_object_for_each_line(self):
        import json
        with Broker("--set", "broker.log_format=json") as broker:
            broker.start().stop()
            events = [json.loads(line)["event"] for line in broker.log().splitlines()]
            self.assertEqual((events[0], events[-1]), ("starting", "stopped"))

    def test_stop_during_start_is_clean(self):
        with Broker() as broker:
            for _ in range(5):
                broker.spawn()
                broker.wait_for_log("starting")
                broker.wait_for_log("admin_listening")
                status = broker.stop()
                self.assertIn(status, (0, -signal.SIGTERM), broker.log())
                broker.log_path.unlink()

    def test_sigterm_while_metadata_changes_is_clean(self):
        """A topic that is being committed is assigned while the broker stops."""
        with Broker() as broker:
            for attempt in range(30):
                broker.start()
                name = f"t{attempt}".encode()
                body = struct.pack(">ih", 1, len(name)) + name + struct.pack(">ihiii?", 4, 1, 0, 0, 30000, False)
                frame = struct.pack(">hhih", 19, 4, 1, -1) + body
                with socket.create_connection(("127.0.0.1", broker.port)) as peer:
                    peer.sendall(struct.pack(">i", len(frame)) + frame)
                # Nobody waits for the answer any more: somewhere in the middle of the commit.
                time.sleep(random.random() * 0.006)
                self.assertEqual(broker.stop(), 0, broker.log())
            self.assertNotIn("assertion", broker.log())

    def test_no_file_at_all_means_the_documented_defaults(self):
        done = run("--print-config")
        for line in ('data_directory = "tidemill-data"', 'address = "127.0.0.1:9092"',
                     'address = "127.0.0.1:9644"', "auto_create_topics = true"):
            self.assertIn(line, done.stdout)

    def test_idle_connections_hold_no_stop_up(self):
        with Broker() as broker:
            broker.start()
            with socket.create_connection(("127.0.0.1", broker.port)):
                begun = time.monotonic()
                self.assertEqual(broker.stop(), 0)
                self.assertLess(time.monotonic() - begun, 5)

    @unittest.skipUnless(hasattr(resource, "prlimit") and os.path.isdir("/proc/self/fd"),
                         "needs prlimit and /proc")
    def test_accept_without_descriptors_is_told_and_recovers(self):
        request = b"\x00\x00\x00\x0a" + b"\x00\x12\x00\x00" + b"\x00\x00\x00\x07" + b"\xff\xff"

        def answers(peer):
            peer.sendall(request)
            return len(peer.recv(4)) == 4 and len(peer.recv(65536)) > 4

        with Broker() as broker:
            broker.start()
            pid = broker.process.pid
            before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
            first = socket.create_connection(("127.0.0.1", broker.port), timeout=20)
            self.assertTrue(answers(first))
            used = max(int(name) for name in os.listdir(f"/proc/{pid}/fd")) + 1
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (used, before[1]))
            more = [socket.create_connection(("127.0.0.1", broker.port), timeout=20)
                    for _ in range(used)]
            broker.wait_for_log("cannot accept connections for now: Too many open files; raise the"
                                " limit on open files")
            self.assertTrue(answers(first), "an old connection is served")
            resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
            # One that waits is turned away each time, so that it need not wait for nothing.
            for peer in more:
                peer.close()
            with socket.create_connection(("127.0.0.1", broker.port), timeout=20) as fresh:
                self.assertTrue(answers(fresh), "and so is a new one once there is room")
            self.assertTrue(answers(first))
            self.assertLess(broker.log().count("cannot accept"), 20)
            first.close()
            self.assertEqual(broker.stop(), 0)

    def test_port_can_be_listened_on_again_at_once(self):
        with Broker() as broker:
            for _ in range(3):
                broker.start()
                with socket.create_connection(("127.0.0.1", broker.port)):
                    self.assertEqual(broker.stop(signal.SIGKILL), -signal.SIGKILL)


def long_poll(topic, partitions, offset, wait_ms):
    """A Fetch request, version 11, that asks for more than there is."""
    name = struct.pack(">h", len(topic)) + topic.encode()
    asked = b"".join(struct.pack(">iiqqi", index, -1, offset, -1, 1 << 20) for index in partitions)
    body = (struct.pack(">iiiibii", -1, wait_ms, 1 << 20, 1 << 20, 0, 0, -1)
            + struct.pack(">i", 1) + name + struct.pack(">i", len(partitions)) + asked
            + struct.pack(">ih", 0, 0))
    frame = struct.pack(">hhih", 1, 11, 4711, -1) + body
    return struct.pack(">i", len(frame)) + frame


def receive_frame(peer):
    def exactly(count):
        got = b""
        while len(got) < count:
            piece = peer.recv(count - len(got))
            if not piece:
                raise AssertionError(f"closed after {len(got)} of {count} bytes")
            got += piece
        return got
    return exactly(struct.unpack(">i", exactly(4))[0])


@unittest.skipUnless(HAS_KCAT, "kcat is not installed")
class LongPolls(unittest.TestCase):
    """A stop does not wait for fetches that wait for data."""

    def requests_in_work(self, broker):
        lines = broker.get("/metrics")[1].splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines
                   if line.startswith("tidemill_requests_in_work{"))

    def check(self, *words):
        with Broker("--set", "topic_defaults.num.partitions=3",
                    "--set", "broker.stop_timeout=60s", *words) as broker:
            broker.start()
            for partition in range(3):
                kcat(broker, "-P", "-t", "polled", "-p", str(partition), data=b"one\n")
            peers = [socket.create_connection(("127.0.0.1", broker.port), timeout=30)
                     for _ in range(20)]
            for peer in peers:
                peer.sendall(long_poll("polled", [0, 1, 2], 1, 120_000))
            broker.wait_until(lambda: self.requests_in_work(broker) == len(peers),
                              "all long polls wait")
            begun = time.monotonic()
            broker.send(signal.SIGTERM)
            for peer in peers:
                answer = receive_frame(peer)
                self.assertEqual(struct.unpack(">iih", answer[:10]), (4711, 0, 0))
                self.assertNotIn(b"one", answer)
                self.assertEqual(peer.recv(1), b"", "and then the connection ends")
                peer.close()
            self.assertEqual(broker.process.wait(30), 0, broker.log())
            self.assertLess(time.monotonic() - begun, 10)
            self.assertIn("stopped clean=true", broker.log())

    def test_stop_answers_them_at_once(self):
        self.check("--set", "broker.shards=1")

    def test_stop_answers_those_over_several_shards_at_once(self):
        self.check("--set", "broker.shards=3")


@unittest.skipUnless(HAS_KCAT, "kcat is not installed")
class Records(unittest.TestCase):
    LINES = b"".join(b"record %d\n" % i for i in range(1000))

    def consume(self, broker, partition=0):
        return kcat(broker, "-C", "-t", "test", "-p", str(partition), "-o", "beginning", "-e", "-q")

    def test_round_trip_with_automatic_creation(self):
        with Broker() as broker:
            broker.start()
            kcat(broker, "-P", "-t", "test", "-p", "0", data=self.LINES)
            self.assertEqual(self.consume(broker), self.LINES)

    def test_records_survive_a_clean_stop(self):
        with Broker() as broker:
            broker.start()
            kcat(broker, "-P", "-t", "test", "-p", "0", data=self.LINES)
            self.assertEqual(broker.stop(), 0)
            broker.start()
            self.assertEqual(self.consume(broker), self.LINES)

    def test_records_survive_kill_9(self):
        with Broker() as broker:
            expected = b""
            for turn in range(3):
                broker.start()
                lines = b"".join(b"turn %d record %d\n" % (turn, i) for i in range(500))
                kcat(broker, "-P", "-t", "test", "-p", "0", data=lines)
                expected += lines
                broker.stop(signal.SIGKILL)
            broker.start()
            self.assertEqual(self.consume(broker), expected)

    def test_partitions_on_several_shards(self):
        with Broker("--set", "broker.shards=3", "--set", "topic_defaults.num.partitions=7") as broker:
            broker.start()
            for partition in range(7):
                kcat(broker, "-P", "-t", "test", "-p", str(partition),
                     data=b"partition %d\n" % partition)
            for partition in range(7):
                self.assertEqual(self.consume(broker, partition), b"partition %d\n" % partition)

    def test_durability_fsync_acknowledges(self):
        with Broker("--set", "log.durability=fsync") as broker:
            broker.start()
            kcat(broker, "-P", "-t", "test", "-p", "0", "-X", "acks=all", data=self.LINES)
            self.assertEqual(self.consume(broker), self.LINES)

    def test_no_automatic_creation_when_switched_off(self):
        with Broker("--set", "broker.auto_create_topics=false") as broker:
            broker.start()
            with self.assertRaises(AssertionError):
                kcat(broker, "-P", "-t", "test", "-p", "0", "-X", "message.timeout.ms=3000",
                     data=b"x\n")

    def test_second_listener_serves_with_its_own_advertised_address(self):
        port = free_port()
        with Broker("--set", "listener.1.name=second", "--set",
                    f"listener.1.address=127.0.0.1:{port}") as broker:
            broker.start()
            kcat(broker, "-P", "-t", "test", "-p", "0", data=b"x\n")
            listed = subprocess.run(["kcat", "-b", f"127.0.0.1:{port}", "-L"], capture_output=True,
                                    text=True, timeout=PATIENCE_SECONDS, check=True).stdout
            self.assertIn(f"broker 1 at 127.0.0.1:{port}", listed)


if __name__ == "__main__":
    unittest.main()
