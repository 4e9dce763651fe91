#!/usr/bin/env python3
"""What consumer groups cost, Tidemill and Apache Kafka in turn.

  tests/bench/groups_side_by_side.py [--without-kafka] [--runs N] [ROW...]

  join-classic   100 members join one group of 1,000 partitions: until the last of them has its assignment
  join-new       the same with the protocol of KIP-848: until each partition has one owner, heartbeats every 100 ms
  idle           10,000 groups of one member each: resident bytes of the broker for each
  commits        OffsetCommit of one partition, 1,000 groups, 8 connections that send without waiting: commits a second

Both brokers wait --delay milliseconds (1,000) for the first members of a group. The binary and the folder with Apache Kafka
come from TIDEMILL and TIDEMILL_PEERS, as for side_by_side.sh. Needs an idle machine."""
import argparse
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
os.environ.setdefault("TIDEMILL", str(ROOT / "build/release/bin/tidemill"))
os.environ.setdefault("TIDEMILL_PEERS", str(ROOT.parent / "shared/peers"))
import side_by_side  # noqa: E402  (reads the two)

MEMBERS, PARTITIONS, GROUPS, JOINING = 100, 1000, 10_000, 500
COMMITTING, COMMIT_GROUPS, COMMIT_SECONDS = 8, 1000, 4
FIND_COORDINATOR, JOIN, HEARTBEAT, SYNC, COMMIT, CREATE, CONSUMER_HEARTBEAT = 10, 11, 12, 14, 8, 19, 68


# Frames ----------------------------------------------------------------------------------------------------------------

def text(value):
    return struct.pack(">h", len(value)) + value.encode()


def opaque(value):
    return struct.pack(">i", len(value)) + value


def varint(value):
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def compact(value):
    return b"\0" if value is None else varint(len(value) + 1) + value.encode()


def frame(key, version, body, tagged=False):
    header = struct.pack(">hhi", key, version, 7) + text("groups-bench") + (b"\0" if tagged else b"")
    return struct.pack(">i", len(header) + len(body)) + header + body


class Reader:
    def __init__(self, data, at=0):
        self.data, self.at = data, at

    def take(self, form):
        values = struct.unpack_from(">" + form, self.data, self.at)
        self.at += struct.calcsize(">" + form)
        return values[0] if len(values) == 1 else values

    def bytes(self, size):
        self.at += size
        return self.data[self.at - size:self.at]

    def text(self):
        return self.bytes(self.take("h")).decode()

    def varint(self):
        value = shift = 0
        while True:
            one = self.take("B")
            value |= (one & 0x7F) << shift
            shift += 7
            if one < 0x80:
                return value

    def compact(self):
        size = self.varint()
        return None if size == 0 else self.bytes(size - 1).decode()


class Peer:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.socket.makefile("rb")

    def send(self, request):
        self.socket.sendall(request)

    def receive(self):
        size, = struct.unpack(">i", self.file.read(4))
        return Reader(self.file.read(size), 4)  # behind the correlation id

    def call(self, request):
        self.send(request)
        return self.receive()

    def close(self):
        self.file.close()
        self.socket.close()


def fail(what, error):
    raise SystemExit(f"groups_side_by_side: {what}: error {error}")


def until_it_works(what, attempt):
    """Coordinators load and topics come about in their own time; what they say meanwhile is retriable."""
    deadline = time.monotonic() + 60
    while True:
        error = attempt()
        if error == 0:
            return
        if time.monotonic() > deadline:
            fail(what, error)
        time.sleep(0.05)


def find_coordinator(peer, group):
    def attempt():
        answer = peer.call(frame(FIND_COORDINATOR, 1, text(group) + b"\0"))
        answer.take("i")
        return answer.take("h")
    until_it_works("FindCoordinator", attempt)


def create_topic(peer, name):
    body = struct.pack(">i", 1) + text(name) + struct.pack(">ihii", PARTITIONS, 1, 0, 0) + struct.pack(">i?", 60000, False)
    answer = peer.call(frame(CREATE, 2, body))
    answer.take("i")
    answer.take("i")
    answer.text()
    if error := answer.take("h"):
        fail("CreateTopics", error)


# Rows ------------------------------------------------------------------------------------------------------------------

def join_classic_once(peers, group, topic):
    subscription = struct.pack(">h", 0) + struct.pack(">i", 1) + text(topic) + struct.pack(">i", -1)

    def join(member):
        return frame(JOIN, 3, text(group) + struct.pack(">ii", 30000, 60000) + text(member) + text("consumer")
                     + struct.pack(">i", 1) + text("range") + opaque(subscription))
    begun = time.monotonic()
    for peer in peers:
        peer.send(join(""))
    joined = []
    waiting = {peer.socket: peer for peer in peers}
    while waiting:
        for ready in select.select(list(waiting), [], [], 60)[0]:
            peer = waiting[ready]
            answer = peer.receive()
            answer.take("i")
            if error := answer.take("h"):
                fail("JoinGroup", error)
            generation, _, leader, member = answer.take("i"), answer.text(), answer.text(), answer.text()
            members = []
            for _ in range(answer.take("i")):
                members.append(answer.text())
                answer.bytes(answer.take("i"))
            joined.append((peer, generation, leader, member, members))
            del waiting[ready]
    generations = {one[1] for one in joined}
    if len(generations) != 1:
        fail("the members are of several generations", sorted(generations))
    for peer, generation, leader, member, members in joined:
        assignments = struct.pack(">i", 0)
        if member == leader:
            assignments = struct.pack(">i", len(members))
            for number, one in enumerate(members):
                mine = range(number, PARTITIONS, len(members))
                assignments += text(one) + opaque(struct.pack(">h", 0) + struct.pack(">i", 1) + text(topic) + struct.pack(
                    f">i{len(mine)}i", len(mine), *mine) + struct.pack(">i", -1))
        peer.send(frame(SYNC, 1, text(group) + struct.pack(">i", generation) + text(member) + assignments))
    held = 0
    for peer, *_ in joined:
        answer = peer.receive()
        answer.take("i")
        if error := answer.take("h"):
            fail("SyncGroup", error)
        size = answer.take("i")
        mine = Reader(answer.bytes(size))
        mine.take("h")
        mine.take("i")
        mine.text()
        held += mine.take("i")
    took = time.monotonic() - begun
    if held != PARTITIONS:
        fail("partitions that somebody has", held)
    return took


class NewMember:
    def __init__(self, peer, group, topic):
        self.peer, self.group, self.topic = peer, group, topic
        self.id, self.epoch, self.held = "", 0, None
        self.told = None

    def heartbeat(self):
        first = self.epoch == 0
        changed = first or self.held != self.told
        body = compact(self.group) + compact(self.id) + struct.pack(">i", self.epoch) + b"\0\0"
        body += struct.pack(">i", 60000 if first else -1)
        body += varint(2) + compact(self.topic) if first else b"\0"
        body += compact(None)
        if changed:
            body += varint(len(self.held or {}) + 1)
            for topic, partitions in (self.held or {}).items():
                body += topic + varint(len(partitions) + 1) + struct.pack(f">{len(partitions)}i", *partitions) + b"\0"
        else:
            body += b"\0"
        self.told = self.held
        self.peer.send(frame(CONSUMER_HEARTBEAT, 0, body + b"\0", tagged=True))

    def receive(self):
        answer = self.peer.receive()
        answer.take("B")  # tags of the header
        answer.take("i")
        error, message = answer.take("h"), answer.compact()
        if error:
            fail(f"ConsumerGroupHeartbeat ({message})", error)
        self.id = answer.compact()
        self.epoch = answer.take("i")
        answer.take("i")
        if answer.take("b") == 1:
            held = {}
            for _ in range(answer.varint() - 1):
                topic = answer.bytes(16)
                count = answer.varint() - 1
                held[topic] = tuple(answer.take(f"{count}i") if count > 1 else [answer.take("i")] if count else [])
                answer.take("B")
            self.held = held

    def partitions(self):
        return [one for partitions in (self.held or {}).values() for one in partitions]


def join_new_once(peers, group, topic):
    members = [NewMember(peer, group, topic) for peer in peers]
    begun = time.monotonic()
    while True:
        for one in members:
            one.heartbeat()
        for one in members:
            one.receive()
        owned = [partition for one in members for partition in one.partitions()]
        settled = all(one.held is not None and one.held == one.told for one in members)
        if settled and len(owned) == PARTITIONS == len(set(owned)) and len({one.epoch for one in members}) == 1:
            return time.monotonic() - begun
        if time.monotonic() - begun > 120:
            fail("the group does not settle; partitions that somebody has", len(set(owned)))
        if settled:
            time.sleep(0.1)


def join(once, broker):
    peers = [Peer(broker.port) for _ in range(MEMBERS)]
    topic = f"groups-bench-{time.monotonic_ns()}"
    create_topic(peers[0], topic)
    group = f"group-{topic}"
    find_coordinator(peers[0], group)
    time.sleep(1)  # the topic is known everywhere
    try:
        return {"milliseconds": once(peers, group, topic) * 1000}
    finally:
        for peer in peers:
            peer.close()


def idle(broker):
    run = time.monotonic_ns()
    peers = [Peer(broker.port) for _ in range(JOINING)]
    for number in range(50):
        find_coordinator(peers[0], f"warm-{number}")
    subscription = b"\0" * 40

    def make(begin, end):
        for first in range(begin, end, JOINING):
            groups = {peer: f"idle-{run}-{first + number:05}" for number, peer in enumerate(peers)}
            for peer, group in groups.items():
                peer.send(frame(JOIN, 3, text(group) + struct.pack(">ii", 1_800_000, 60000) + text("") + text("consumer")
                                + struct.pack(">i", 1) + text("range") + opaque(subscription)))
            for peer, group in groups.items():
                answer = peer.receive()
                answer.take("i")
                if error := answer.take("h"):
                    fail("JoinGroup", error)
                generation, _, _, member = answer.take("i"), answer.text(), answer.text(), answer.text()
                peer.send(frame(SYNC, 1, text(group) + struct.pack(">i", generation) + text(member) + struct.pack(">i", 1)
                                + text(member) + opaque(b"\0" * 40)))
            for peer in peers:
                answer = peer.receive()
                answer.take("i")
                if error := answer.take("h"):
                    fail("SyncGroup", error)
    make(0, 1000)
    time.sleep(2)
    before = broker.resident_kib()
    make(1000, 1000 + GROUPS)
    time.sleep(2)
    after = broker.resident_kib()
    for peer in peers:
        peer.close()
    return {"bytes_each": (after - before) * 1024 / GROUPS}


def commits(broker):
    run = time.monotonic_ns()
    with_peers = [Peer(broker.port) for _ in range(COMMITTING)]
    counts, errors = [0] * COMMITTING, []
    for number in range(50):  # one for each partition of the offsets topic, most likely
        find_coordinator(with_peers[0], f"warm-{number}")
    ends = [0.0]
    topic = f"commits-{run}"
    create_topic(with_peers[0], topic)

    def work(index, peer):
        each = COMMIT_GROUPS // COMMITTING
        requests = b"".join(
            frame(COMMIT, 2, text(f"commits-{run}-{index}-{number}") + struct.pack(">i", -1) + text("")
                  + struct.pack(">q", -1) + struct.pack(">i", 1) + text(topic) + struct.pack(">iiqh", 1, 0, 4711, 0))
            for number in range(each))
        expected = struct.pack(">ii", 0, 7) + struct.pack(">i", 1) + text(topic) + struct.pack(">iih", 1, 0, 0)
        expected = struct.pack(">i", len(expected) - 4) + expected[4:]
        while time.monotonic() < ends[0]:
            sender = threading.Thread(target=peer.send, args=(requests,))
            sender.start()
            got = peer.file.read(len(expected) * each)
            sender.join()
            if got != expected * each:
                errors.append(got[:64].hex())
                return
            counts[index] += each

    for seconds in (2, COMMIT_SECONDS):  # the first is a warm-up
        counts[:] = [0] * COMMITTING
        begun = time.monotonic()
        ends[0] = begun + seconds
        ticks = broker.ticks()
        threads = [threading.Thread(target=work, args=pair) for pair in enumerate(with_peers)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        took = time.monotonic() - begun
        if errors:
            fail("OffsetCommit, the first answers", errors[0])
    cores = (broker.ticks() - ticks) / os.sysconf("SC_CLK_TCK") / took
    for peer in with_peers:
        peer.close()
    return {"commits_a_second": sum(counts) / took, "broker_us_each": cores * 1e6 / (sum(counts) / took)}


ROWS = {
    "join-classic": lambda broker: join(join_classic_once, broker),
    "join-new": lambda broker: join(join_new_once, broker),
    "idle": idle,
    "commits": commits,
}


def start_brokers(work, options):
    side_by_side.MORE_SETTINGS += [f"groups.initial_rebalance_delay={options.delay}ms", "groups.session_timeout_max=30m"]
    brokers = [side_by_side.start_tidemill(work, "tidemill")]
    side_by_side.wait_for(brokers[0].port)
    if not options.without_kafka:
        port = side_by_side.free_port()
        said = subprocess.run([f"{side_by_side.PEERS}/apache-kafka.sh", "start", "--port", str(port), "--dir", f"{work}/kafka",
                               "--prop", f"group.initial.rebalance.delay.ms={options.delay}"],
                              capture_output=True, text=True, check=True).stdout
        brokers.append(side_by_side.Broker("kafka", port, int(re.search(r"pid=(\d+)", said).group(1))))
    return brokers


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--without-kafka", action="store_true")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--delay", type=int, default=1000)
    parser.add_argument("row", nargs="*", choices=[*ROWS, []])
    options = parser.parse_args()
    work = tempfile.mkdtemp(prefix="tidemill-groups-")
    brokers = []
    try:
        brokers = start_brokers(work, options)
        for name in options.row or ROWS:
            seen = {broker.name: [] for broker in brokers}
            for _ in range(options.runs):
                for broker in brokers:
                    side_by_side.wait_until_idle()
                    seen[broker.name].append(ROWS[name](broker))
            for field in seen["tidemill"][0]:
                medians = {who: statistics.median(one[field] for one in runs) for who, runs in seen.items()}
                ratio = f"  tidemill / kafka {medians['tidemill'] / medians['kafka']:.2f}" if medians.get("kafka") else ""
                print(f"{name:14} {field:18}" + "".join(f"  {who} {value:,.1f}" for who, value in medians.items()) + ratio,
                      flush=True)
    finally:
        for broker in brokers:
            os.kill(broker.pid, signal.SIGTERM)
            if broker.process is not None:
                broker.process.wait(60)
        time.sleep(1)
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
