#!/usr/bin/env python3
"""What stock clients can do with the broker: one list of scenarios for all clients, printed as a table.

  tests/clients/matrix.py [--client NAME]... [--scenario NAME]... [--json]
  tests/clients/matrix.py --broker HOST:PORT [--restart COMMAND] [--learn]

Without --broker it starts build/release/bin/tidemill (TIDEMILL names another) on a free port. --broker takes any broker that
speaks Kafka; --restart is a shell command that restarts it. What Apache Kafka gives stands in of_kafka.json (--learn writes
what a run gives there). Each cell is "pass", "FAIL", "as Kafka" for what fails there, too, or "-" for what the client cannot
do or what is not here; the reasons stand below the table. Status 1 when one failed.

A client is a program that knows a few verbs (tests/clients/README.md); the scenarios are here, and the same for all.
"""
import argparse
import contextlib
import json
import os
import pathlib
import queue
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
# A client that is well needs far less; nothing here waits so long when all is well.
PATIENCE_SECONDS = 90
CANNOT = 77


# Makes topics for clients that make none.
MAKER = "confluent-kafka"


class Skipped(Exception):
    pass


class Failed(Exception):
    pass


class Broker:
    """The broker under test; may be restarted."""

    def __init__(self, address=None, restart_command=None):
        self.address, self.restart_command, self.process = address, restart_command, None
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="tidemill-clients-"))
        self.is_ours = address is None
        if self.is_ours:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self.address = "127.0.0.1:%d" % probe.getsockname()[1]
            self.start()

    def start(self):
        binary = os.environ.get("TIDEMILL") or ROOT / "build/release/bin/tidemill"
        with open(self.home / "broker.log", "ab") as log:
            self.process = subprocess.Popen(
                [binary, "--set", f"broker.data_directory={self.home}/data", "--set",
                 f"listener.0.address={self.address}", "--set", "admin.address=", "--set",
                 "groups.initial_rebalance_delay=500ms", "--set", "groups.consumer_session_timeout=6s", "--set",
                 "groups.consumer_heartbeat_interval=1s"], stdout=log, stderr=log, cwd=self.home)
        self.wait()

    def wait(self):
        host, port = self.address.rsplit(":", 1)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection((host, int(port)), timeout=1):
                return
            time.sleep(0.05)  # the outside of a process can only be looked at again and again
        raise Failed(f"nothing listens on {self.address}")

    def restart(self):
        if not self.is_ours and self.restart_command is None:
            raise Skipped("a broker that is not ours is restarted with --restart")
        if self.is_ours:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(PATIENCE_SECONDS)
            self.start()
        else:
            subprocess.run(self.restart_command, shell=True, check=True, stdout=subprocess.DEVNULL)
            self.wait()

    def close(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.home, ignore_errors=True)


class Program:
    """A verb of a client on its way: lines of JSON in and out."""

    def __init__(self, client, broker, verb, options, log):
        self.log_path = log
        self.lines = queue.Queue()
        with open(log, "ab") as errors:
            self.process = subprocess.Popen([HERE / client / "client.sh", broker.address, verb, json.dumps(options)],
                                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                                            start_new_session=True)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            with contextlib.suppress(ValueError):
                self.lines.put(json.loads(line))
        self.lines.put(None)

    def say(self, line):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write((line if isinstance(line, str) else json.dumps(line)).encode() + b"\n")
            self.process.stdin.flush()

    def next(self, seconds=PATIENCE_SECONDS):
        """The next line, or None when the program has ended or nothing came."""
        try:
            return self.lines.get(timeout=seconds)
        except queue.Empty:
            return None

    def until(self, wanted, what, seconds=PATIENCE_SECONDS):
        """Lines up to the first that is wanted."""
        seen, deadline = [], time.monotonic() + seconds
        while time.monotonic() < deadline:
            line = self.next(max(0.01, deadline - time.monotonic()))
            if line is None:
                break
            if "cannot" in line:
                raise Skipped(line["cannot"])
            seen.append(line)
            if wanted(seen):
                return seen
        raise Failed(f"{what}: not after {len(seen)} lines{self.tail()}")

    def end(self):
        """Closes its input, and waits; what it still said."""
        self.process.stdin.close()
        rest = []
        try:
            status = self.process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failed(f"it does not end{self.tail()}") from None
        while (line := self.next(5)) is not None:
            rest.append(line)
        if status == CANNOT:
            raise Skipped(next((line["cannot"] for line in rest if "cannot" in line), "it cannot"))
        if status != 0:
            raise Failed(f"status {status}{self.tail()}")
        return rest

    def freeze(self, frozen):
        os.killpg(self.process.pid, signal.SIGSTOP if frozen else signal.SIGCONT)

    def kill(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def tail(self):
        lines = pathlib.Path(self.log_path).read_text(errors="replace").splitlines()
        return ": " + " | ".join(lines[-3:])[-400:] if lines else ""


class Stage:
    """What a scenario works with: one client, one broker, a topic of its own."""

    def __init__(self, client, broker):
        self.client, self.broker = client, broker
        self.topic = f"matrix-{client}-{uuid.uuid4().hex[:12]}"
        self.group, self.protocol = f"group-{self.topic}", "classic"
        self.log = broker.home / f"{client}.log"
        self.log.write_bytes(b"")
        self.running = []

    def start(self, verb, **options):
        program = Program(self.client, self.broker, verb, {"topic": self.topic, **options}, self.log)
        self.running.append(program)
        return program

    def run(self, verb, lines=(), **options):
        """The whole run of a verb: what it said."""
        program = self.start(verb, **options)
        for line in lines:
            program.say(line)
        return program.end()

    def create(self, partitions=3, **config):
        self.run("create", partitions=partitions, config=config)

    def need_topic(self, partitions=3):
        """A topic for what the scenario is about; another client makes it for one that makes none."""
        try:
            self.create(partitions)
        except Skipped:
            maker = Program(MAKER, self.broker, "create", {"topic": self.topic, "partitions": partitions, "config": {}},
                            self.log)
            self.running.append(maker)
            maker.end()

    def join(self):
        return self.start("group", group=self.group, protocol=self.protocol)

    def produce(self, records, **options):
        """Writes rows of (partition, key, value[, timestamp]); all must be acknowledged, in order within a partition."""
        lines = [dict(zip(("partition", "key", "value", "timestamp"), row)) for row in records]
        acknowledged = self.run("produce", lines, **options)
        expect(len(acknowledged) == len(records), f"{len(acknowledged)} of {len(records)} were acknowledged")
        return acknowledged

    def read(self, partition, count, offset=0):
        got = self.run("read", partition=partition, offset=offset, count=count)
        expect(len(got) == count, f"{len(got)} of {count} records were read from partition {partition}")
        return got

    def close(self):
        for program in self.running:
            program.kill()


def expect(holds, what):
    if not holds:
        raise Failed(what)


def rows(partition, count, begin=0):
    return [(partition, f"key-{partition}-{i:05}", f"value-{partition}-{i:05}") for i in range(begin, begin + count)]


def pairs(lines):
    return [(line["key"], line["value"]) for line in lines]


# Scenarios ---------------------------------------------------------------------------------------


def partitions(stage):
    """produces to each partition by its number, reads each back"""
    stage.need_topic(3)
    for partition in range(3):
        stage.produce(rows(partition, 200))
    for partition in range(3):
        got = stage.read(partition, 200)
        expect(pairs(got) == [row[1:3] for row in rows(partition, 200)], f"partition {partition} differs")
        expect([line["offset"] for line in got] == list(range(200)), f"offsets of partition {partition} differ")


def compression(stage):
    """each codec that Kafka knows, keyed, and read back"""
    stage.need_topic(1)
    offset, cannot = 0, []
    for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
        try:
            stage.produce(rows(0, 50, offset), codec=codec)
        except Skipped as reason:
            cannot.append(f"{codec}: {reason}")
            continue
        got = stage.read(0, 50, offset)
        expect(pairs(got) == [row[1:3] for row in rows(0, 50, offset)], f"{codec} differs")
        offset += 50
    if offset == 0:
        raise Skipped("; ".join(cannot))


def group(stage):
    """a group reads a part, commits, and the next member goes on behind it"""
    stage.need_topic(3)
    for partition in range(3):
        stage.produce(rows(partition, 100))
    everything = {(partition, offset) for partition in range(3) for offset in range(100)}
    seen = []
    for round_ in range(2):
        member = stage.join()
        wanted = 100 if round_ == 0 else 300 - len(seen)
        lines = member.until(lambda said, n=wanted: sum("offset" in line for line in said) >= n, f"{wanted} records")
        member.say("commit")
        lines += member.until(lambda said: "committed" in said[-1], "a commit")
        lines += member.end()
        committed = next(line["committed"] for line in lines if "committed" in line)
        expect(committed, "nothing was committed")
        # What came after the commit comes again.
        upto = next(i for i, line in enumerate(lines) if "committed" in line)
        seen += [(line["partition"], line["offset"]) for line in lines[:upto] if "offset" in line]
    expect(len(seen) == len(set(seen)), "records came again that had been committed")
    expect(set(seen) == everything, f"{len(everything - set(seen))} records are missing")


def held(lines):
    """What a member holds, by the last that it said."""
    last = [line["assigned"] for line in lines if "assigned" in line]
    return set(last[-1]) if last else set()


def rebalance(stage):
    """a member joins, stalls and is let go, another leaves: partitions are always somebody's"""
    stage.need_topic(4)
    first = stage.join()
    said = first.until(lambda lines: held(lines) == {0, 1, 2, 3}, "one member has all partitions")
    second = stage.join()
    of_second = second.until(lambda lines: len(held(lines)) == 2, "the second member has its half")
    said = first.until(lambda lines: len(held(lines)) == 2, "the first member gives its half")
    expect(held(said) | held(of_second) == {0, 1, 2, 3}, "the halves overlap")
    second.freeze(True)
    first.until(lambda lines: held(lines) == {0, 1, 2, 3}, "what a stalled member had goes to the other")
    second.freeze(False)
    second.until(lambda lines: len(held(lines)) == 2, "a member that was stalled comes back")
    first.end()
    second.until(lambda lines: held(lines) == {0, 1, 2, 3}, "what a member had who left goes to the other")
    second.end()


def group_new(stage):
    """the same with the new group protocol (KIP-848)"""
    stage.protocol = "consumer"
    group(stage)


def rebalance_new(stage):
    """likewise"""
    stage.protocol = "consumer"
    rebalance(stage)


def seek(stage):
    """offsets by time, and reading from there"""
    stage.need_topic(1)
    base = 1_700_000_000_000
    stage.produce([(0, f"k{i}", f"v{i}", base + 1000 * i) for i in range(100)])
    for wanted, offset in ((base, 0), (base + 50_000, 50), (base + 50_001, 51)):
        found = stage.run("offset", partition=0, time=wanted)
        expect(found == [{"offset": offset}], f"time {wanted - base} is offset {found}, expected {offset}")
    expect(pairs(stage.read(0, 2, 51)) == [("k51", "v51"), ("k52", "v52")], "another record was read")


def admin(stage):
    """makes, describes, changes, grows and deletes a topic, lists groups"""
    stage.create(1, **{"retention.ms": "7200000"})
    expect(stage.run("describe", name="retention.ms") == [{"value": "7200000"}], "the setting is another")
    stage.run("alter", name="retention.ms", value="3600000")
    expect(stage.run("describe", name="retention.ms") == [{"value": "3600000"}], "the setting did not change")
    stage.run("grow", partitions=3)
    stage.produce(rows(2, 1))
    stage.run("delete")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while {"topic": stage.topic} in stage.run("topics"):
        expect(time.monotonic() < deadline, "the topic is still there")


def idempotent(stage):
    """an idempotent producer goes on across a restart of the broker, without loss and without doubles"""
    stage.need_topic(1)
    producer = stage.start("produce", idempotent=True)
    records = rows(0, 400)
    lines = [dict(zip(("partition", "key", "value"), row)) for row in records]
    for line in lines[:200]:
        producer.say(line)
    said = producer.until(lambda seen: len(seen) >= 100, "acknowledgements")
    stage.broker.restart()
    for line in lines[200:]:
        producer.say(line)
    said += producer.end()
    expect(len(said) == 400, f"{len(said)} of 400 were acknowledged")
    expect(pairs(stage.read(0, 400)) == [row[1:3] for row in records], "the log is not what was written")


SCENARIOS = (partitions, compression, group, rebalance, group_new, rebalance_new, seek, admin, idempotent)


def run_cell(client, scenario, broker):
    stage = Stage(client, broker)
    try:
        scenario(stage)
        return "pass", ""
    except Skipped as reason:
        return "-", str(reason)
    except Failed as reason:
        return "FAIL", str(reason)
    finally:
        stage.close()


OF_KAFKA = HERE / "of_kafka.json"


def compared(result, of_kafka):
    """What fails with Apache Kafka as well is the client's."""
    return "as Kafka" if result == "FAIL" and of_kafka == "FAIL" else result


def learn(cells):
    """Keeps what was not run this time."""
    known = json.loads(OF_KAFKA.read_text()) if OF_KAFKA.exists() else {}
    for client, scenario, result, _ in cells:
        known.setdefault(client, {})[scenario] = result
    OF_KAFKA.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    known = sorted(path.parent.name for path in HERE.glob("*/client.sh"))
    parser.add_argument("--client", action="append", choices=known)
    parser.add_argument("--scenario", action="append", choices=[each.__name__ for each in SCENARIOS])
    parser.add_argument("--broker")
    parser.add_argument("--restart")
    parser.add_argument("--learn", action="store_true")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if asked.learn and asked.broker is None:
        parser.error("--learn needs --broker: what our own broker gives is not what is expected of it")
    clients = asked.client or known
    scenarios = [each for each in SCENARIOS if asked.scenario is None or each.__name__ in asked.scenario]
    of_kafka = {} if asked.learn or not OF_KAFKA.exists() else json.loads(OF_KAFKA.read_text())
    broker = Broker(asked.broker, asked.restart)
    cells = []
    try:
        if not asked.json:
            print(f"{'':28}" + "".join(f"{each.__name__:>14}" for each in scenarios))
        for client in clients:
            row = [run_cell(client, each, broker) for each in scenarios]
            row = [(compared(result, of_kafka.get(client, {}).get(each.__name__)), reason)
                   for each, (result, reason) in zip(scenarios, row)]
            cells += [(client, each.__name__, *cell) for each, cell in zip(scenarios, row)]
            if not asked.json:
                print(f"{client:28}" + "".join(f"{result:>14}" for result, _ in row), flush=True)
    finally:
        broker.close()
    if asked.json:
        print(json.dumps([dict(zip(("client", "scenario", "result", "reason"), cell)) for cell in cells]))
    else:
        for client, scenario, result, reason in cells:
            if reason:
                print(f"{client} / {scenario}: {result} {reason}")
        for client, scenario, result, _ in cells:
            if result == "pass" and of_kafka.get(client, {}).get(scenario) == "FAIL":
                print(f"{client} / {scenario}: pass, but Apache Kafka fails it")
    if asked.learn:
        learn(cells)
    counts = {result: sum(cell[2] == result for cell in cells) for result in ("pass", "FAIL", "as Kafka", "-")}
    if not asked.json:
        print(f"{counts['pass']} passed, {counts['FAIL']} failed, {counts['as Kafka']} failed as with Kafka, "
              f"{counts['-']} not done")
    return counts["FAIL"] > 0


if __name__ == "__main__":
    sys.exit(main())
