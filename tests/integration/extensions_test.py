#!/usr/bin/env python3
"""Plugins in the real binary: named by topics, replaced while records come in, failing, crashing."""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import struct
import threading
import unittest
import urllib.request

from broker import BINARY, Broker, kcat, run

BUILD = pathlib.Path(BINARY).resolve().parents[1]
SHIPPED = BUILD / "plugins"
# Built for the unit tests: a partitioner in two versions, which sends everything to 1, or to 2.
VERSIONED = BUILD / "tests" / "unit" / "extension" / "plugins"
SANITIZED = "san" in BUILD.name
NONE, INVALID_CONFIG, INVALID_RECORD, UNSUPPORTED_COMPRESSION = 0, 40, 87, 76


def string(text):
    if text is None:
        return struct.pack(">h", -1)
    data = text if isinstance(text, bytes) else text.encode()
    return struct.pack(">h", len(data)) + data


class Wire:
    """Just enough of Kafka's protocol to name partitions and read errors of single records."""

    def __init__(self, broker, client_id="wire"):
        self.peer = socket.create_connection(("127.0.0.1", broker.port), timeout=30)
        self.client_id = client_id

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.peer.close()

    def ask(self, api, version, body):
        frame = struct.pack(">hhi", api, version, 1) + string(self.client_id) + body
        self.peer.sendall(struct.pack(">i", len(frame)) + frame)
        size = struct.unpack(">i", self.exactly(4))[0]
        return Reader(self.exactly(size)[4:])

    def exactly(self, size):
        got = b""
        while len(got) < size:
            piece = self.peer.recv(size - len(got))
            if not piece:
                raise ConnectionError("closed")
            got += piece
        return got

    def create(self, topic, partitions=3, **settings):
        """CreateTopics 4; returns the error and its sentence."""
        body = struct.pack(">i", 1) + string(topic) + struct.pack(">ihi", partitions, 1, 0)
        body += struct.pack(">i", len(settings))
        for name, value in settings.items():
            body += string(name.replace("__", ".")) + string(value)
        answer = self.ask(19, 4, body + struct.pack(">i?", 30000, False))
        answer.take(">ii")
        answer.string()
        return answer.take(">h")[0], answer.string()

    def alter(self, topic, **settings):
        """IncrementalAlterConfigs 0, SET; returns the error and its sentence."""
        body = struct.pack(">ib", 1, 2) + string(topic) + struct.pack(">i", len(settings))
        for name, value in settings.items():
            body += string(name.replace("__", ".")) + struct.pack(">b", 0) + string(value)
        answer = self.ask(44, 0, body + struct.pack(">?", False))
        answer.take(">ii")
        return answer.take(">h")[0], answer.string()

    def produce(self, topic, partition, batch):
        """Produce 8; returns the error, the records it names, its sentence and the base offset."""
        body = string(None) + struct.pack(">hii", -1, 30000, 1) + string(topic)
        body += struct.pack(">iii", 1, partition, len(batch)) + batch
        answer = self.ask(0, 8, body)
        answer.take(">i")
        answer.string()
        _, _, error, base, _, _ = answer.take(">iihqqq")
        named = []
        for _ in range(answer.take(">i")[0]):
            index = answer.take(">i")[0]
            named.append((index, answer.string()))
        return error, named, answer.string(), base


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, form):
        values = struct.unpack_from(form, self.data, self.at)
        self.at += struct.calcsize(form)
        return values

    def string(self):
        size = self.take(">h")[0]
        if size < 0:
            return None
        text = self.data[self.at:self.at + size].decode()
        self.at += size
        return text


def varint(value):
    raw, out = (value << 1) ^ (value >> 63), b""
    while True:
        byte, raw = raw & 0x7F, raw >> 7
        out += bytes([byte | (0x80 if raw else 0)])
        if not raw:
            return out


CRC_TABLE = []
for first in range(256):
    for _ in range(8):
        first = (first >> 1) ^ (0x82F63B78 if first & 1 else 0)
    CRC_TABLE.append(first)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = CRC_TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def batch_of(keys, producer=(-1, -1, -1), attributes=0, records=None, now=1_700_000_000_000):
    if records is None:
        records = b""
        for index, key in enumerate(keys):
            body = b"\0" + varint(0) + varint(index)
            body += varint(-1) if key is None else varint(len(key)) + key
            body += varint(1) + b"v" + varint(0)
            records += varint(len(body)) + body
    tail = struct.pack(">hiqqqhii", attributes, len(keys) - 1, now, now, producer[0], producer[1],
                       producer[2], len(keys)) + records
    return struct.pack(">qiibI", 0, len(tail) + 9, -1, 2, crc32c(tail)) + tail


def page(broker):
    status, text = broker.get("/v1/extensions")
    assert status == 200, text
    return json.loads(text)


def instance(broker, name):
    return next(one for one in page(broker)["instances"] if one["name"] == name)


def metric(broker, name, **labels):
    for line in broker.get("/metrics")[1].splitlines():
        if line.startswith(name + "{") and all(f'{k}="{v}"' in line for k, v in labels.items()):
            return float(line.rsplit(" ", 1)[1])
    return None


SAMPLE = re.compile(r'[a-zA-Z_:][a-zA-Z0-9_:]*(\{([a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\["\\n])*"(,|(?=\})))*\})? '
                    r'(-?[0-9.]+(e[+-]?[0-9]+)?|[+-]?Inf|Nan|NaN)')
COMMENT = re.compile(r"# (HELP|TYPE) [a-zA-Z_:][a-zA-Z0-9_:]* .*")


def misshapen(text):
    """The lines of a page that the exposition format does not allow."""
    return [line for line in text.split("\n") if line and not (SAMPLE if line[0] != "#" else COMMENT).fullmatch(line)]


class WithPlugins(unittest.TestCase):
    """Each test has a broker with a plugin directory of its own before the shipped ones."""

    def broker(self, configuration="", directories=True):
        broker = Broker(configuration=configuration)
        self.addCleanup(broker.__exit__)
        self.own = broker.home / "own"
        self.own.mkdir(mode=0o755)
        if directories:
            broker.words += ["--set", f"extensions.directories={self.own}"]
        return broker

    def install(self, built, name=None, directory=None):
        target = (directory or self.own) / (name or pathlib.Path(built).name)
        shutil.copy(built, str(target) + ".next")
        os.chmod(str(target) + ".next", 0o644)
        os.replace(str(target) + ".next", target)


class Partitioner(WithPlugins):
    def test_records_in_the_wrong_partition_are_refused_by_name(self):
        broker = self.broker().start()
        with Wire(broker) as wire:
            self.assertEqual(wire.create("orders", 6, tidemill__partitioner="murmur2",
                                         tidemill__partitioner__mode="verify-reject"), (NONE, None))
            # Java's DefaultPartitioner: toPositive(murmur2("k1")) % 6 is 5.
            self.assertEqual(wire.produce("orders", 5, batch_of([b"k1", None]))[0], NONE)
            error, named, sentence, _ = wire.produce("orders", 0, batch_of([None, b"k1", b"k1"]))
            self.assertEqual(error, INVALID_RECORD)
            self.assertEqual(named, [
                (index, "the record belongs into partition 5, not 0, by the partitioner murmur2")
                for index in (1, 2)])
            self.assertIn("2 of the records for orders-0 were refused", sentence)
        self.assertEqual(metric(broker, "tidemill_plugin_objections_total", instance="murmur2"), 2)

    def test_a_refused_batch_leaves_the_sequence_of_its_producer_alone(self):
        broker = self.broker().start()
        with Wire(broker) as wire:
            wire.create("orders", 6, tidemill__partitioner="murmur2",
                        tidemill__partitioner__mode="verify-reject")
            self.assertEqual(wire.produce("orders", 5, batch_of([b"k1"], (7, 0, 0)))[0], NONE)
            # k2 belongs into 3; its sequence is free again afterwards.
            self.assertEqual(wire.produce("orders", 5, batch_of([b"k2"], (7, 0, 1)))[0], INVALID_RECORD)
            again = wire.produce("orders", 5, batch_of([b"k1"], (7, 0, 1)))
            self.assertEqual((again[0], again[3]), (NONE, 1))

    def test_warnings_count_by_client_and_let_pass(self):
        broker = self.broker().start()
        with Wire(broker, "loader") as wire:
            wire.create("orders", 6, tidemill__partitioner="murmur2",
                        tidemill__partitioner__mode="verify-warn")
            self.assertEqual(wire.produce("orders", 0, batch_of([b"k1", b"k1"]))[0], NONE)
        self.assertEqual(instance(broker, "murmur2")["mismatches"], {"loader": 2})
        self.assertEqual(metric(broker, "tidemill_plugin_mismatches_total", client_id="loader"), 2)
        self.assertIn('the client \\"loader\\" sends records into other partitions', broker.log())

    def test_client_ids_that_are_no_text_leave_the_pages_well_formed(self):
        broker = self.broker().start()
        for client in (b"\xff\xfe", b'a "b"\nc\\', "gr\u00fcn".encode(), b"x" * 5000):
            with Wire(broker, client) as wire:
                wire.create("orders", 6, tidemill__partitioner="murmur2",
                            tidemill__partitioner__mode="verify-warn")
                self.assertEqual(wire.produce("orders", 0, batch_of([b"k1"]))[0], NONE)
        with urllib.request.urlopen(f"http://127.0.0.1:{broker.admin_port}/v1/extensions", timeout=10) as answer:
            counted = next(one for one in json.loads(answer.read().decode("utf-8"))["instances"]
                           if one["name"] == "murmur2")["mismatches"]
        self.assertEqual(sum(counted.values()), 4)
        self.assertLessEqual({r"\xff\xfe", r'a \"b\"\nc\\', "gr\u00fcn"}, set(counted))
        with urllib.request.urlopen(f"http://127.0.0.1:{broker.admin_port}/metrics", timeout=10) as answer:
            text = answer.read().decode("utf-8")
        self.assertEqual(misshapen(text), [])
        self.assertEqual(text.count("tidemill_plugin_mismatches_total{"), 4)

    def test_mode_client_looks_at_nothing(self):
        broker = self.broker().start()
        with Wire(broker) as wire:
            wire.create("orders", 6, tidemill__partitioner="murmur2")
            self.assertEqual(wire.produce("orders", 0, batch_of([b"k1"]))[0], NONE)
        self.assertEqual(instance(broker, "murmur2")["kinds"][0]["calls"], 0)

    def test_a_topic_that_lives_gets_and_loses_its_partitioner(self):
        broker = self.broker().start()
        wrong = batch_of([b"k1"])
        with Wire(broker) as wire:
            wire.create("orders", 6)
            self.assertEqual(wire.produce("orders", 0, wrong)[0], NONE)
            self.assertEqual(wire.alter("orders", tidemill__partitioner="murmur2",
                                        tidemill__partitioner__mode="verify-reject")[0], NONE)
            self.assertEqual(wire.produce("orders", 0, wrong)[0], INVALID_RECORD)
            error, said = wire.alter("orders", tidemill__partitioner="murmur")
            self.assertEqual(error, INVALID_CONFIG)
            self.assertIn('did you mean "murmur2"?', said)
            self.assertEqual(wire.alter("orders", tidemill__partitioner__mode="client")[0], NONE)
            self.assertEqual(wire.produce("orders", 0, wrong)[0], NONE)

    def test_names_that_are_not_there_are_refused_with_what_there_is(self):
        broker = self.broker().start()
        with Wire(broker) as wire:
            for settings, sentence in [
                    ({"tidemill__partitioner": "murmur"}, 'did you mean "murmur2"?'),
                    ({"tidemill__partitioner": "gzip"}, '"gzip" is no partitioner; there is crc32,'),
                    ({"tidemill__partitioner": "weighted"}, "needs a configuration"),
                    ({"tidemill__partitioner": "../x"}, "expected the name of an extension"),
                    ({"tidemill__validate": "nobody"}, 'there is no transform "nobody"'),
                    ({"tidemill__partitioner__mode": "verify-warn"}, "names nobody to verify with")]:
                error, said = wire.create("refused", **settings)
                self.assertEqual(error, INVALID_CONFIG, settings)
                self.assertIn(sentence, said)

    @unittest.skipUnless(shutil.which("kcat"), "kcat is not installed")
    def test_a_stock_client_is_refused_and_compressed_batches_are_looked_into(self):
        broker = self.broker().start()
        with Wire(broker) as wire:
            wire.create("orders", 6, tidemill__partitioner="murmur2",
                        tidemill__partitioner__mode="verify-reject")
        for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
            words = ["-P", "-t", "orders", "-K:", "-z", codec]
            kcat(broker, *words, "-X", "topic.partitioner=murmur2", data=b"k1:v\nk2:v\nk3:v\n")
            with self.assertRaisesRegex(AssertionError, "failed to validate record"):
                kcat(broker, *words, "-p", "0", data=b"k1:v\n")


class Validation(WithPlugins):
    def test_rules_name_the_records_that_break_them(self):
        broker = self.broker("""
[[extension]]
name = "small"
plugin = "size_limit"
config = { key = "4B" }
""").start()
        with Wire(broker) as wire:
            self.assertEqual(wire.create("orders", tidemill__validate="small")[0], NONE)
            self.assertEqual(wire.produce("orders", 0, batch_of([b"four", b"k"]))[0], NONE)
            error, named, _, _ = wire.produce("orders", 0, batch_of([b"k", b"longer"]))
            self.assertEqual((error, [index for index, _ in named]), (INVALID_RECORD, [1]))

    def test_without_its_codec_a_batch_that_has_to_be_opened_is_refused(self):
        broker = self.broker("[extensions]\nshipped_plugins = false\n")
        self.install(SHIPPED / "key_required.so")
        broker.start()
        lz4 = b"\x04\x22\x4d\x18 and so on"
        with Wire(broker) as wire:
            wire.create("plain")
            wire.create("looked-at", tidemill__validate="key_required")
            compressed = batch_of([b"k"], attributes=3, records=lz4)
            self.assertEqual(wire.produce("plain", 0, compressed)[0], NONE)
            error, _, sentence, _ = wire.produce("looked-at", 0, compressed)
            self.assertEqual(error, UNSUPPORTED_COMPRESSION)
            self.assertIn("no codec is loaded", sentence)
            self.assertEqual(wire.produce("looked-at", 0, batch_of([b"k"]))[3], 0)
        self.assertIn("codec_missing partition=looked-at-0 plugin=lz4", broker.log())

    def test_damaged_compression_is_refused_where_the_codec_is_there(self):
        broker = self.broker().start()
        with Wire(broker) as wire:
            wire.create("plain")
            damaged = batch_of([b"k"], attributes=3, records=b"\x04\x22\x4d\x18 and so on")
            self.assertEqual(wire.produce("plain", 0, damaged)[0], INVALID_RECORD)


class Compression(WithPlugins):
    """Topics whose compression.type is not "producer"."""
    TYPES = {"uncompressed": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}

    @staticmethod
    def stored(broker, topic):
        """(codec, size) of each batch in the log of the topic's only partition."""
        data = next((broker.home / "data" / f"{topic}-0").glob("*.log")).read_bytes()
        batches, at = [], 0
        while at < len(data):
            size = 12 + struct.unpack_from(">i", data, at + 8)[0]
            batches.append((data[at + 22] & 7, size))
            at += size
        return batches

    @unittest.skipUnless(shutil.which("kcat"), "kcat is not installed")
    def test_batches_are_stored_as_the_topic_wants_however_they_were_sent(self):
        broker = self.broker().start()
        lines = b"".join(b"k%d:value %d\n" % (n % 7, n) for n in range(2000))
        with Wire(broker) as wire:
            for wanted, number in self.TYPES.items():
                self.assertEqual(wire.create(wanted, 1, compression__type=wanted)[0], NONE)
                for sent in ("none", "gzip", "snappy", "lz4", "zstd"):
                    kcat(broker, "-P", "-t", wanted, "-K:", "-z", sent, data=lines)
                self.assertEqual({codec for codec, _ in self.stored(broker, wanted)}, {number})
                back = kcat(broker, "-C", "-t", wanted, "-o", "beginning", "-e", "-q", "-K:")
                self.assertEqual(back if isinstance(back, bytes) else back.encode(), lines * 5)

    def test_levels_are_obeyed(self):
        broker = self.broker().start()
        keys = [b"key %d of a batch that repeats itself %d" % (n, n * n) for n in range(3000)]
        sizes = {}
        with Wire(broker) as wire:
            for name, settings in {"fast": {"compression__zstd__level": "-100000"},
                                   "slow": {"compression__zstd__level": "19"}}.items():
                self.assertEqual(wire.create(name, 1, compression__type="zstd", **settings)[0], NONE)
                self.assertEqual(wire.produce(name, 0, batch_of(keys))[0], NONE)
                sizes[name] = self.stored(broker, name)[0][1]
        self.assertLess(sizes["slow"], sizes["fast"])

    def test_without_the_codec_nothing_is_stored_and_the_log_names_it(self):
        broker = self.broker("[extensions]\nshipped_plugins = false\n").start()
        with Wire(broker) as wire:
            self.assertEqual(wire.create("zipped", 1, compression__type="gzip")[0], NONE)
            self.assertEqual(wire.produce("zipped", 0, batch_of([b"k"]))[0],
                             UNSUPPORTED_COMPRESSION)
            gzip = batch_of([b"k"], attributes=1, records=b"\x1f\x8b\x08 and so on")
            self.assertEqual(wire.produce("zipped", 0, gzip)[0::3], (NONE, 0))
        self.assertIn("codec_missing partition=zipped-0 plugin=gzip", broker.log())


class Reload(WithPlugins):
    def test_a_new_version_takes_over_under_load_without_a_failed_request(self):
        broker = self.broker()
        self.install(VERSIONED / "versioned_1.so", "versioned.so")
        broker.start()
        with Wire(broker) as wire:
            self.assertEqual(wire.create("orders", tidemill__partitioner="versioned",
                                         tidemill__partitioner__mode="verify-warn")[0], NONE)
        stop, failures, sent = threading.Event(), [], [0]

        def load():
            with Wire(broker, "loader") as wire:
                while not stop.is_set():
                    error = wire.produce("orders", 1, batch_of([b"k"] * 10))[0]
                    sent[0] += 1
                    if error != NONE:
                        failures.append(error)

        producers = [threading.Thread(target=load) for _ in range(2)]
        for one in producers:
            one.start()
        try:
            broker.wait_until(lambda: sent[0] > 50, "records come in")
            self.assertEqual(instance(broker, "versioned")["mismatches"], {})
            for version, built in (("2.0.0", "versioned_2.so"), ("1.0.0", "versioned_1.so"),
                                   ("2.0.0", "versioned_2.so")):
                self.install(VERSIONED / built, "versioned.so")
                status, answer = broker.get("/v1/extensions/reload", method="POST")
                self.assertEqual((status, json.loads(answer)["problems"]), (200, []))
                self.assertEqual(instance(broker, "versioned")["version"], version)
            broker.wait_until(lambda: instance(broker, "versioned")["mismatches"].get("loader", 0) > 0,
                              "the second version is asked")
        finally:
            stop.set()
            for one in producers:
                one.join()
        self.assertEqual(failures, [])
        self.assertGreaterEqual(page(broker)["mapped_files"], 2)
        self.assertEqual(broker.stop(), 0)

    def test_a_broken_file_is_told_and_the_old_version_goes_on(self):
        broker = self.broker()
        self.install(VERSIONED / "versioned_2.so", "versioned.so")
        broker.start()
        with Wire(broker) as wire:
            wire.create("orders", tidemill__partitioner="versioned",
                        tidemill__partitioner__mode="verify-reject")
            (self.own / "versioned.so.next").write_bytes(b"no library")
            os.replace(self.own / "versioned.so.next", self.own / "versioned.so")
            broker.send(signal.SIGHUP)
            broker.wait_for_log("versioned 2.0.0 goes on")
            self.assertEqual(wire.produce("orders", 1, batch_of([b"k"]))[0], INVALID_RECORD)
        status, answer = broker.get("/v1/extensions/reload", method="POST")
        self.assertEqual(status, 409)
        self.assertIn("versioned.so", json.loads(answer)["error"])

    def test_two_lines_of_toml_and_a_reload_put_a_plugin_to_work(self):
        broker = self.broker("# nothing yet\n", directories=False).start()
        self.install(VERSIONED / "versioned_1.so", "versioned.so")
        with Wire(broker) as wire:
            self.assertEqual(wire.create("orders", tidemill__partitioner="versioned")[0], INVALID_CONFIG)
            broker.configuration.write_text(f'[extensions]\ndirectories = ["{self.own}"]\n')
            broker.send(signal.SIGHUP)
            broker.wait_until(lambda: any(one["name"] == "versioned" for one in page(broker)["instances"]),
                              "the plugin is there")
            self.assertEqual(wire.create("orders", tidemill__partitioner="versioned",
                                         tidemill__partitioner__mode="verify-reject")[0], NONE)
            self.assertEqual(wire.produce("orders", 2, batch_of([b"k"]))[0], INVALID_RECORD)

    def test_disable_takes_one_out_of_work_until_the_next_reload(self):
        broker = self.broker()
        self.install(VERSIONED / "versioned_2.so", "versioned.so")
        broker.start()
        with Wire(broker) as wire:
            wire.create("orders", tidemill__partitioner="versioned",
                        tidemill__partitioner__mode="verify-reject")
            wrong = batch_of([b"k"])
            self.assertEqual(wire.produce("orders", 1, wrong)[0], INVALID_RECORD)
            self.assertEqual(broker.get("/v1/extensions/versioned/disable", method="POST")[0], 200)
            self.assertEqual(wire.produce("orders", 1, wrong)[0], NONE)
            self.assertEqual(instance(broker, "versioned")["state"], "disabled")
            self.assertEqual(broker.get("/v1/extensions/reload", method="POST")[0], 200)
            self.assertEqual(wire.produce("orders", 1, wrong)[0], INVALID_RECORD)
        self.assertEqual(broker.get("/v1/extensions/nobody/disable", method="POST")[0], 404)
        self.assertEqual(broker.get("/v1/extensions/versioned/disable")[0], 405)

    def test_topics_keep_their_extension_over_a_restart(self):
        broker = self.broker()
        self.install(VERSIONED / "versioned_2.so", "versioned.so")
        broker.start()
        with Wire(broker) as wire:
            wire.create("orders", tidemill__partitioner="versioned",
                        tidemill__partitioner__mode="verify-reject")
        self.assertEqual(broker.stop(), 0)
        broker.start()
        with Wire(broker) as wire:
            self.assertEqual(wire.produce("orders", 1, batch_of([b"k"]))[0], INVALID_RECORD)
        self.assertEqual(broker.stop(), 0)
        # Without the file the topic goes on, unverified; that is told once.
        (self.own / "versioned.so").unlink()
        broker.start()
        with Wire(broker) as wire:
            self.assertEqual(wire.produce("orders", 1, batch_of([b"k"]))[0], NONE)
        broker.wait_for_log("a topic names it as its partitioner, but it is not loaded")
        self.assertEqual(instance(broker, "versioned")["state"], "missing")


class Start(WithPlugins):
    def test_without_plugins_the_broker_serves(self):
        broker = self.broker("[extensions]\nshipped_plugins = false\n").start()
        with Wire(broker) as wire:
            self.assertEqual(wire.create("plain")[0], NONE)
            self.assertEqual(wire.produce("plain", 0, batch_of([b"k"]))[0], NONE)
        self.assertEqual(page(broker)["plugins"], [])
        self.assertEqual(broker.stop(), 0)

    def test_what_is_required_and_missing_ends_the_start_with_one_sentence(self):
        broker = self.broker("""
[[extension]]
name = "keys"
plugin = "murmur3"
required = true
""").spawn()
        self.assertEqual(broker.process.wait(60), 1)
        self.assertIn('extension "keys": there is no plugin "murmur3"; did you mean "murmur2"? '
                      "(required = true)", broker.log().replace("\\", ""))

    def test_what_is_not_required_is_told_and_the_broker_serves(self):
        broker = self.broker("""
[[extension]]
name = "keys"
plugin = "weighted"
config = { weigths = [1] }
""").start()
        self.assertIn("config.weigths: unknown key; did you mean config.weights?", broker.log())
        self.assertEqual(len(page(broker)["problems"]), 1)

    def test_topic_defaults_that_name_nobody_end_the_start(self):
        broker = self.broker('[topic_defaults]\n"tidemill.validate" = "nobody"\n').spawn()
        self.assertEqual(broker.process.wait(60), 1)
        self.assertIn("topic_defaults.tidemill.validate: there is no transform", broker.log())

    def test_files_that_others_may_write_are_refused(self):
        broker = self.broker()
        self.install(VERSIONED / "versioned_1.so", "versioned.so")
        os.chmod(self.own / "versioned.so", 0o666)
        broker.start()
        self.assertIn("versioned.so may be written by others", broker.log())
        self.assertFalse(any(one["name"] == "versioned" for one in page(broker)["instances"]))

    def test_configuration_shows_and_checks_extensions(self):
        outcome = run("--print-config", "--set", "extension.0.name=keys", "--set",
                      "extension.0.plugin=range", "--set", "extension.0.config.prefixes=[a, m]")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assertRegex(outcome.stdout, r'(?s)\[\[extension\]\]\nname = "keys".*prefixes')


class Failure(WithPlugins):
    def crash(self, *words):
        broker = self.broker("""
[[extension]]
name = "keys"
plugin = "versioned"
config = { crash = true }
""")
        broker.words += words
        self.install(VERSIONED / "versioned_1.so", "versioned.so")
        broker.start()
        with Wire(broker) as wire:
            wire.create("orders", tidemill__partitioner="keys",
                        tidemill__partitioner__mode="verify-reject")
            with self.assertRaises(OSError):
                wire.produce("orders", 0, batch_of([b"k"]))
        broker.process.wait(60)
        return broker

    def test_a_crash_names_plugin_and_call_in_the_last_line_of_the_log(self):
        broker = self.crash()
        self.assertNotEqual(broker.process.returncode, 0)
        lines = [line for line in broker.log().splitlines() if "crashed_in_plugin" in line]
        self.assertEqual(lines, ['error crashed_in_plugin plugin="versioned" version="1.0.0" '
                                 'instance="keys" call="choose" signal="SIGSEGV"'])
        if broker.process.returncode == -signal.SIGSEGV:  # no sanitizer has more to say
            self.assertEqual(broker.log().splitlines()[-1], lines[0])

    def test_json_logs_stay_json(self):
        broker = self.crash("--set", "broker.log_format=json")
        line = next(line for line in broker.log().splitlines() if "crashed_in_plugin" in line)
        self.assertEqual(json.loads(line)["plugin"], "versioned")


class Unruly(WithPlugins):
    """tests/unit/extension/plugins/unruly.cpp does what a file says."""
    HANGS = {"extensions.hang_after": "500ms", "broker.stop_timeout": "1s", "broker.shards": "2"}

    maxDiff = None

    def unruly(self, *built, told="", **configuration):
        broker = self.broker(**configuration)
        self.orders = broker.home / "orders"
        self.tell(told)
        os.environ["UNRULY"] = str(self.orders)
        self.addCleanup(os.environ.pop, "UNRULY", None)
        if SANITIZED:  # or a signal would end the process with 1
            before = os.environ.get("ASAN_OPTIONS", "")
            os.environ["ASAN_OPTIONS"] = f"{before}:handle_segv=0"
            self.addCleanup(os.environ.__setitem__, "ASAN_OPTIONS", before)
        for name, value in self.HANGS.items():
            broker.words += ["--set", f"{name}={value}"]
        for name in built or ["unruly"]:
            self.install(VERSIONED / f"{name}.so")
        return broker

    def tell(self, what):
        self.orders.write_text(what + "\n")

    def last_line(self, broker, call, what, status):
        self.assertEqual(broker.process.wait(60), status, broker.log())
        line = f'error crashed_in_plugin plugin="unruly" version="1.0.0" instance="{call[0]}" call="{call[1]}" signal="{what}"'
        self.assertIn(line, broker.log().splitlines())
        if not SANITIZED:
            self.assertEqual(broker.log().splitlines()[-1], line)

    OWN = "(a thread of its own, or the start or end of the process)"

    def choose(self, broker):
        with Wire(broker) as wire:
            wire.create("orders", tidemill__partitioner="unruly", tidemill__partitioner__mode="verify-reject")
            with self.assertRaises(OSError):
                wire.produce("orders", 1, batch_of([b"k"]))

    def test_a_crash_in_a_static_constructor_names_the_plugin(self):
        broker = self.unruly(told="crash in constructor").spawn()
        self.last_line(broker, ("", "(static constructors)"), "SIGSEGV", -signal.SIGSEGV)

    def test_a_crash_in_a_static_destructor_names_the_plugin(self):
        broker = self.unruly().start()
        self.tell("crash in destructor")
        broker.send(signal.SIGTERM)
        self.last_line(broker, ("", self.OWN), "SIGSEGV", -signal.SIGSEGV)
        self.assertIn("stopped clean=true", broker.log())

    def test_a_crash_on_a_thread_of_the_plugin_names_it(self):
        for told, what, status in (("crash on a thread", "SIGSEGV", -signal.SIGSEGV),
                                   ("throw on a thread", "SIGABRT", -signal.SIGABRT),
                                   ("exit on a thread", "exit()", 1)):
            with self.subTest(told):
                broker = self.unruly(told=told).spawn()
                self.last_line(broker, ("", self.OWN), what, status)

    def test_a_plugin_that_ends_the_process_is_named_with_its_call(self):
        for told, what, status in (("exit in choose", "exit()", 1), ("abort in choose", "SIGABRT", -signal.SIGABRT)):
            with self.subTest(told):
                broker = self.unruly(told=told).start()
                self.choose(broker)
                self.last_line(broker, ("unruly", "choose"), what, status)

    def hangs(self, broker, plugin, instance, call):
        broker.wait_for_log(f"{call} has not returned for 0.")
        broker.wait_until(lambda: [(one["plugin"], one["instance"], one["call"]) for one in page(broker)["hanging"]] ==
                          [(plugin, instance, call)], "the page names the call")
        self.assertGreater(metric(broker, "tidemill_plugin_call_hanging_seconds", plugin=plugin, call=call), 0.4)
        self.assertIn("\ntidemill_plugin_calls_hanging 1\n", broker.get("/metrics")[1])

    def test_create_that_hangs_holds_up_neither_reload_nor_stop(self):
        broker = self.unruly(told="hang in create")
        self.install(VERSIONED / "versioned_1.so", "versioned.so")
        broker.start()  # without it
        self.hangs(broker, "unruly", "unruly", "create")
        self.assertIn("create() of unruly has not returned after 500 ms", page(broker)["problems"][0])
        self.install(VERSIONED / "versioned_2.so", "versioned.so")
        status, answer = broker.get("/v1/extensions/reload", method="POST")
        self.assertEqual(status, 409)
        self.assertIn("create() of unruly still has not returned", json.loads(answer)["error"])
        self.assertEqual(instance(broker, "versioned")["version"], "2.0.0")
        with Wire(broker) as wire:
            wire.create("orders")
            self.assertEqual(wire.produce("orders", 0, batch_of([b"k"]))[0], NONE)
        self.assertEqual(broker.stop(), 0)
        self.assertIn('plugin_left_behind plugin="unruly" version="1.0.0" instance="unruly" call=create', broker.log())
        self.assertIn("stopped clean=true", broker.log())
        broker.start()
        self.assertIn("was_clean=true", broker.log().splitlines()[broker.log().count("\n") - 20:].__str__())
        broker.wait_until(lambda: broker.log().count("create has not returned for") == 2, "it is told to hang")
        self.tell("")
        broker.wait_for_log("create has returned after")
        broker.wait_until(lambda: page(broker)["hanging"] == [], "nothing hangs any more")
        self.assertEqual(broker.get("/v1/extensions/reload", method="POST")[0], 200)
        self.assertEqual(broker.stop(), 0)

    def test_destroy_that_hangs_is_left_behind(self):
        broker = self.unruly().start()
        self.tell("hang in destroy")
        self.assertEqual(broker.stop(), 0)
        self.assertIn("stopped clean=true", broker.log())
        self.assertIn('plugin_left_behind plugin="unruly" version="1.0.0" instance="unruly" call=destroy', broker.log())

    def test_a_static_constructor_that_hangs_is_named_and_a_stop_ends(self):
        """It holds the lock of the system's loader, which threads need too: all that is left is to say who it is."""
        broker = self.unruly(told="hang in constructor").spawn()
        broker.wait_for_log("(static constructors) has not returned for 0.")
        broker.send(signal.SIGTERM)
        self.assertEqual(broker.process.wait(30), 1)
        self.assertIn('plugin_left_behind plugin="unruly" version="1.0.0" instance="" call="(static constructors)"',
                      broker.log())

    def test_a_vote_that_hangs_costs_its_topic_only(self):
        broker = self.unruly("unruly_votes", told="hang in vote")
        broker.words += ["--set", "log.retention_check_interval=100ms", "--set", "broker.blocking_threads=1"]
        broker.start()
        with Wire(broker) as wire:
            self.assertEqual(wire.create("orders", 1, tidemill__retention="unruly_votes")[0], NONE)
            self.assertEqual(wire.produce("orders", 0, batch_of([b"k"]))[0], NONE)
            self.hangs(broker, "unruly_votes", "unruly_votes", "vote")
            # What needs the only thread of the blocking pool goes on: a log is made, and synced.
            self.assertEqual(wire.create("synced", 1, flush__messages="1")[0], NONE)
            self.assertEqual(wire.produce("synced", 0, batch_of([b"k"]))[0], NONE)
        self.install(VERSIONED / "versioned_1.so", "versioned.so")
        self.assertEqual(broker.get("/v1/extensions/reload", method="POST")[0], 200)
        self.assertGreater(instance(broker, "unruly_votes")["kinds"][0]["faults"]["overrun"], 0)
        self.assertEqual(broker.stop(), 0)
        self.assertIn('plugin_left_behind plugin="unruly_votes" version="1.0.0" instance="unruly_votes" call=vote',
                      broker.log())
        self.assertIn("stopped clean=true", broker.log())

    def test_a_shard_that_hangs_does_not_outlive_its_time_at_a_stop(self):
        broker = self.unruly(told="hang in choose").start()
        with Wire(broker) as wire:
            # On one of the two shards each; the main thread, which hears signals, is the first of them.
            wire.create("orders", 2, tidemill__partitioner="unruly", tidemill__partitioner__mode="verify-reject")
            wire.peer.settimeout(2)
            for partition in (0, 1):
                with Wire(broker) as other:
                    other.peer.settimeout(2)
                    with self.assertRaises(OSError):
                        other.produce("orders", partition, batch_of([b"k"]))
            broker.wait_for_log("choose has not returned for 0.")
        broker.send(signal.SIGTERM)
        self.assertEqual(broker.process.wait(30), 1)
        self.assertIn('plugin_left_behind plugin="unruly" version="1.0.0" instance="unruly" call=choose', broker.log())
        self.assertIn("not_stopped_cleanly", broker.log().splitlines()[-1])
        # Nothing that was acknowledged is lost, and the next start says what it had to do.
        self.tell("")
        broker.start()
        with Wire(broker) as wire:
            self.assertEqual(wire.produce("orders", 1, batch_of([b"k"]))[0], NONE)
        self.assertEqual(broker.stop(), 0)


class Retention(WithPlugins):
    def test_a_plugin_decides_what_goes(self):
        broker = self.broker("""
[[extension]]
name = "disk"
plugin = "free_disk"
config = { free_min = "1000TiB", keep_min = "0B" }
""")
        broker.words += ["--set", "log.retention_check_interval=100ms"]
        broker.start()
        with Wire(broker) as wire:
            self.assertEqual(wire.create("orders", 1, tidemill__retention="disk",
                                         segment__bytes="1048576")[0], NONE)
            large = batch_of([b"k" * 900] * 500)
            for _ in range(12):
                self.assertEqual(wire.produce("orders", 0, large)[0], NONE)
        # The disk is never that free: all but the active segment goes, though no limit of the topic asks.
        broker.wait_until(lambda: len(list((broker.data / "orders-0").glob("*.log"))) == 1,
                          "the sealed segments go")
        self.assertGreater(instance(broker, "disk")["kinds"][0]["calls"], 0)
        with Wire(broker) as wire:
            self.assertEqual(wire.produce("orders", 0, large)[3], 6000)

    def test_a_missing_one_keeps_everything(self):
        broker = self.broker()
        broker.words += ["--set", "log.retention_check_interval=100ms"]
        broker.start()
        with Wire(broker) as wire:
            self.assertEqual(wire.create("orders", 1, tidemill__retention="time_and_size",
                                         retention__bytes="0", segment__bytes="1048576")[0], NONE)
        self.assertEqual(broker.stop(), 0)
        broker.words += ["--set", "extensions.shipped_plugins=false"]
        broker.start()
        with Wire(broker) as wire:
            large = batch_of([b"k" * 900] * 500)
            for _ in range(6):
                self.assertEqual(wire.produce("orders", 0, large)[0], NONE)
        broker.wait_until(lambda: any(kind["spared_calls"] > 5
                                      for kind in instance(broker, "time_and_size")["kinds"]),
                          "retention has looked")
        self.assertGreater(len(list((broker.data / "orders-0").glob("*.log"))), 1)
        self.assertEqual(broker.get("/readyz"),
                         (200, "degraded\nextension time_and_size: not loaded, and named by tidemill.retention of the "
                               "topic orders\n"))


class Pages(WithPlugins):
    def test_browsers_may_not_change_anything(self):
        broker = self.broker().start()
        with socket.create_connection(("127.0.0.1", broker.admin_port), timeout=20) as peer:
            peer.sendall(b"POST /v1/extensions/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n"
                         b"Origin: http://evil.example\r\n\r\n")
            self.assertTrue(peer.recv(100).startswith(b"HTTP/1.1 403"))
        self.assertEqual(page(broker)["loads"], 1)

    def test_secrets_are_shown_nowhere_and_metrics_stay_prometheus_text(self):
        broker = self.broker().start()
        text = broker.get("/metrics")[1]
        names = re.findall(r"^# TYPE (\S+) ", text, re.M)
        self.assertEqual(len(names), len(set(names)))
        self.assertIn("tidemill_plugin_instance", names)


if __name__ == "__main__":
    unittest.main()
