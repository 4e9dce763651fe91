#!/usr/bin/env python3
"""Kafka's own command line tools against the broker, one row each.

  tests/clients/tools.py [--tool NAME]... [--broker HOST:PORT]

Without --broker it starts build/release/bin/tidemill (TIDEMILL names another) on a free port. Each row is "pass" or "FAIL" with
what was wrong; status 1 when one failed, 77 when Java or Maven is not here. The tools come from Maven Central, the version
that stands in lib.sh.
"""
import argparse
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request

from matrix import HERE, Broker, Failed, expect

PATIENCE_SECONDS = 90
TOOLS = "org.apache.kafka.tools."


def jars():
    """The class path, fetched where it is missing."""
    asked = subprocess.run([HERE / "java/jars.sh"], capture_output=True, text=True)
    if asked.returncode != 0:
        print(asked.stdout.strip() or asked.stderr.strip())
        sys.exit(asked.returncode)
    return asked.stdout.strip().splitlines()[-1]


class Bench:
    """A broker and the tools."""

    def __init__(self, broker, class_path):
        self.broker, self.class_path, self.number = broker, class_path, 0

    def tool(self, name, *words, text=None, server=True, patience=PATIENCE_SECONDS):
        """Runs a tool to its end; what it printed."""
        where = ["--bootstrap-server", self.broker.address] if server else []
        run = subprocess.run(["java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", f"{self.class_path}/*",
                              name if name.startswith(("org.", "kafka.")) else TOOLS + name, *where, *map(str, words)],
                             input=text, capture_output=True, text=True, timeout=patience, cwd=self.broker.home)
        if run.returncode != 0:
            raise Failed(f"{name} {' '.join(map(str, words))}: status {run.returncode}: "
                         + (run.stderr.strip() or run.stdout.strip())[-300:])
        return run.stdout

    def topic(self, partitions=1, records=0, *more):
        self.number += 1
        name = f"tools-{os.getpid()}-{self.number}"
        self.tool("TopicCommand", "--create", "--topic", name, "--partitions", partitions, *more)
        if records:
            self.produce(name, records)
        return name

    def produce(self, topic, records, begin=0):
        self.tool("ConsoleProducer", "--topic", topic, "--compression-codec", "lz4", "--reader-property", "parse.key=true",
                  text="".join(f"key-{i:05}\tvalue-{i:05}\n" for i in range(begin, begin + records)))


def has(text, pattern, what):
    expect(re.search(pattern, text, re.MULTILINE), f"{what}: found {text.strip()[-300:]!r}")


def topics(bench):
    name = bench.topic(2, 0, "--config", "retention.ms=7200000")
    has(bench.tool("TopicCommand", "--describe", "--topic", name), r"PartitionCount: 2\b.*retention\.ms=7200000", "describe")
    bench.tool("TopicCommand", "--alter", "--topic", name, "--partitions", 5)
    has(bench.tool("TopicCommand", "--describe", "--topic", name), r"PartitionCount: 5\b", "describe after alter")
    has(bench.tool("TopicCommand", "--list"), rf"^{name}$", "list")
    bench.tool("TopicCommand", "--delete", "--topic", name)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while re.search(rf"^{name}$", bench.tool("TopicCommand", "--list"), re.MULTILINE):
        expect(time.monotonic() < deadline, "the topic is still there")


def configs(bench):
    name, command = bench.topic(), "kafka.admin.ConfigCommand"
    where = ("--entity-type", "topics", "--entity-name", name)
    bench.tool(command, "--alter", *where, "--add-config", "retention.ms=3600000,cleanup.policy=[compact,delete]")
    shown = bench.tool(command, "--describe", *where)
    has(shown, r"retention\.ms=3600000", "describe")
    has(shown, r"cleanup\.policy=compact,delete", "describe")
    bench.tool(command, "--alter", *where, "--delete-config", "retention.ms")
    expect("retention.ms" not in bench.tool(command, "--describe", *where), "a setting that was deleted is shown")
    has(bench.tool(command, "--describe", "--entity-type", "brokers", "--entity-name", "1", "--all"), r"=", "of the broker")


def quotas(bench):
    command, where = "kafka.admin.ConfigCommand", ("--entity-type", "clients", "--entity-name", "slow")
    bench.tool(command, "--alter", *where, "--add-config", "producer_byte_rate=100000,request_percentage=50.5")
    shown = bench.tool(command, "--describe", "--entity-type", "clients")
    has(shown, r"client-id 'slow' are .*producer_byte_rate=100000\.0", "describe")
    has(shown, r"request_percentage=50\.5", "describe")
    bench.tool(command, "--alter", *where, "--delete-config", "producer_byte_rate,request_percentage")
    expect("slow" not in bench.tool(command, "--describe", "--entity-type", "clients"), "a quota that was deleted is shown")


def console(bench):
    name = bench.topic(1, 300)
    got = bench.tool("consumer.ConsoleConsumer", "--topic", name, "--from-beginning", "--max-messages", 300, "--timeout-ms", 30000,
                     "--formatter-property", "print.key=true")
    expect(got.splitlines() == [f"key-{i:05}\tvalue-{i:05}" for i in range(300)], "other records were read")


def consumer_groups(bench):
    name, command = bench.topic(1, 100), "consumer.group.ConsumerGroupCommand"
    group = f"group-of-{name}"
    bench.tool("consumer.ConsoleConsumer", "--topic", name, "--from-beginning", "--max-messages", 60, "--timeout-ms", 30000,
               "--group", group)
    has(bench.tool(command, "--list"), rf"^{group}$", "list")
    has(bench.tool(command, "--describe", "--group", group), rf"{name}\s+0\s+60\s+100\s+40\b", "describe")
    has(bench.tool(command, "--describe", "--group", group, "--state"), r"Empty", "state")
    bench.tool(command, "--group", group, "--topic", name, "--reset-offsets", "--to-offset", 10, "--execute")
    has(bench.tool(command, "--describe", "--group", group), rf"{name}\s+0\s+10\s+100\s+90\b", "describe after a reset")
    bench.tool(command, "--delete-offsets", "--group", group, "--topic", name)
    bench.tool(command, "--delete", "--group", group)
    expect(not re.search(rf"^{group}$", bench.tool(command, "--list"), re.MULTILINE), "a group that was deleted is listed")


def get_offsets(bench):
    name = bench.topic(2, 50)
    found = bench.tool("GetOffsetShell", "--topic", name)
    ends = sum(int(line.split(":")[2]) for line in found.split())
    expect(ends == 50, f"ends are {found!r}")
    has(bench.tool("GetOffsetShell", "--topic", name, "--time", "earliest"), rf"^{name}:0:0$", "earliest")
    has(bench.tool("GetOffsetShell", "--topic", name, "--time", "max-timestamp"), rf"^{name}:\d:\d+$", "max-timestamp")


def delete_records(bench):
    name = bench.topic(1, 50)
    path = bench.broker.home / "delete.json"
    path.write_text(json.dumps({"partitions": [{"topic": name, "partition": 0, "offset": 20}], "version": 1}))
    has(bench.tool("DeleteRecordsCommand", "--offset-json-file", path), r"low_watermark: 20", "delete")
    has(bench.tool("GetOffsetShell", "--topic", name, "--time", "earliest"), rf"^{name}:0:20$", "earliest")


def log_dirs(bench):
    name = bench.topic(1, 50)
    shown = json.loads(bench.tool("LogDirsCommand", "--describe", "--topic-list", name).splitlines()[-1])
    of, = shown["brokers"][0]["logDirs"][0]["partitions"]
    expect(of["partition"] == f"{name}-0" and of["size"] > 0, f"found {of}")


def reassign_partitions(bench):
    name, command = bench.topic(2), "reassign.ReassignPartitionsCommand"
    path = bench.broker.home / "topics.json"
    path.write_text(json.dumps({"topics": [{"topic": name}], "version": 1}))
    has(bench.tool(command, "--topics-to-move-json-file", path, "--broker-list", "1", "--generate"), r'"replicas":\[1\]', "generate")
    has(bench.tool(command, "--list"), r"No partition reassignments found|^$", "list")


def leader_election(bench):
    name = bench.topic(1)
    bench.tool("LeaderElectionCommand", "--election-type", "preferred", "--topic", name, "--partition", 0)


def metadata_quorum(bench):
    has(bench.tool("MetadataQuorumCommand", "describe", "--status"), r"LeaderId:\s+1\b", "status")
    has(bench.tool("MetadataQuorumCommand", "describe", "--replication"), r"^1\s", "replication")


def cluster(bench):
    has(bench.tool("ClusterTool", "cluster-id", "--bootstrap-server", bench.broker.address, server=False), r"Cluster ID: \S+", "cluster-id")


def features(bench):
    bench.tool("FeatureCommand", "describe")


def api_versions(bench):
    has(bench.tool("BrokerApiVersionsCommand"), r"Produce\(0\): 0 to 13", "api versions")


def producer_perf_test(bench):
    name = bench.topic(1)
    said = bench.tool("ProducerPerformance", "--topic", name, "--num-records", 20000, "--record-size", 200, "--throughput", -1,
                      "--producer-props", f"bootstrap.servers={bench.broker.address}", server=False)
    has(said, r"^20000 records sent, ", "what it says")


def consumer_perf_test(bench):
    name = bench.topic(1, 2000)
    said = bench.tool("ConsumerPerformance", "--topic", name, "--num-records", 2000)
    expect(re.search(r"(?m), 2000, ", said), f"it read others: {said[-200:]!r}")


def end_to_end_latency(bench):
    said = bench.tool("EndToEndLatency", "--topic", bench.topic(1), "--num-records", 100, "--producer-acks", "all", "--record-size", 100)
    has(said, r"Percentiles: 50th = ", "what it says")


def verifiable(bench):
    name = bench.topic(1)
    said = bench.tool("VerifiableProducer", "--topic", name, "--max-messages", 100)
    expect(said.count('"producer_send_success"') == 100, "not all were acknowledged")
    said = bench.tool("VerifiableConsumer", "--topic", name, "--max-messages", 100, "--group-id", f"group-of-{name}")
    has(said, r'"records_consumed"', "what it says")


def get_groups(bench):
    bench.tool("GroupsCommand", "--list")


def java(bench, *words):
    """A program of its own, which runs until its input ends."""
    return subprocess.Popen(["java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", f"{bench.class_path}/*", *map(str, words)],
                            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=bench.broker.home)


def last_counts(bench, topic, records):
    got = bench.tool("consumer.ConsoleConsumer", "--topic", topic, "--from-beginning", "--timeout-ms", 5000, "--max-messages", records,
                     "--formatter-property", "print.key=true")
    return dict(line.split("\t") for line in got.splitlines() if "\t" in line)


def await_counts(bench, topic, wanted):
    """At least so many of each word; what is counted twice around a restart is what "at least once" allows."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        found = last_counts(bench, topic, 100000)
        if all(int(found.get(word, 0)) >= count for word, count in wanted.items()):
            expect(set(found) == set(wanted), f"other words were counted: {sorted(set(found) - set(wanted))[:3]}")
            return
        expect(time.monotonic() < deadline, f"the counts are {dict(sorted(found.items())[:5])}, expected {dict(sorted(wanted.items())[:5])}")


def streams(bench):
    lines, counted = bench.topic(2), bench.topic(2)
    text = "".join(f"key-{i}\tword-{i % 7} word-{i % 5} all\n" for i in range(300))
    wanted = {"all": 300}
    for i in range(300):
        for word in (f"word-{i % 7}", f"word-{i % 5}"):
            wanted[word] = wanted.get(word, 0) + 1

    def write():
        bench.tool("ConsoleProducer", "--topic", lines, "--reader-property", "parse.key=true", text=text)
    application = java(bench, HERE / "streams/WordCount.java", bench.broker.address, lines, counted, bench.broker.home / "state")
    try:
        write()
        await_counts(bench, counted, wanted)
        bench.broker.restart()
        write()
        await_counts(bench, counted, {word: 2 * count for word, count in wanted.items()})
        application.stdin.close()
        expect(application.wait(PATIENCE_SECONDS) == 0, "the application does not end")
    finally:
        application.kill()
        application.wait()


CONVERTERS = """key.converter=org.apache.kafka.connect.storage.StringConverter
value.converter=org.apache.kafka.connect.storage.StringConverter
"""


def await_file(path, content, worker):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not path.exists() or path.read_text() != content:
        expect(worker.poll() is None, f"the worker ended with {worker.poll()}")
        expect(time.monotonic() < deadline, f"{path.name} is not the file that was read")
        time.sleep(0.1)  # the outside of a process can only be looked at again and again


def file_connectors(home, topic, mode):
    source, sink = home / f"{mode}-source.txt", home / f"{mode}-sink.txt"
    source.write_text("".join(f"line {i}\n" for i in range(500)))
    return (source, sink,
            {"name": f"{mode}-source", "connector.class": "org.apache.kafka.connect.file.FileStreamSourceConnector",
             "tasks.max": "1", "file": str(source), "topic": topic},
            {"name": f"{mode}-sink", "connector.class": "org.apache.kafka.connect.file.FileStreamSinkConnector",
             "tasks.max": "1", "file": str(sink), "topics": topic})


def connect_standalone(bench):
    home, topic = bench.broker.home, bench.topic(1)
    source, sink, *connectors = file_connectors(home, topic, "standalone")
    paths = []
    for connector in connectors:
        paths.append(home / f"{connector['name']}.properties")
        paths[-1].write_text("".join(f"{name}={value}\n" for name, value in connector.items()))
    settings = home / "standalone.properties"
    settings.write_text(f"bootstrap.servers={bench.broker.address}\n{CONVERTERS}offset.storage.file.filename={home}/offsets\n"
                        "offset.flush.interval.ms=500\nlisteners=http://127.0.0.1:0\nplugin.discovery=service_load\n")
    worker = java(bench, "org.apache.kafka.connect.cli.ConnectStandalone", settings, *paths)
    try:
        await_file(sink, source.read_text(), worker)
    finally:
        worker.kill()
        worker.wait()


def connect_distributed(bench):
    home, topic = bench.broker.home, bench.topic(1)
    source, sink, *connectors = file_connectors(home, topic, "distributed")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = home / "distributed.properties"
    settings.write_text(f"bootstrap.servers={bench.broker.address}\ngroup.id=connect-{topic}\n{CONVERTERS}"
                        + "".join(f"{kind}.storage.topic=connect-{kind}-{topic}\n{kind}.storage.replication.factor=1\n"
                                  for kind in ("offset", "config", "status"))
                        + f"offset.flush.interval.ms=500\nlisteners=http://127.0.0.1:{port}\nplugin.discovery=service_load\n")
    worker = java(bench, "org.apache.kafka.connect.cli.ConnectDistributed", settings)
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        for connector in connectors:
            asked = urllib.request.Request(f"http://127.0.0.1:{port}/connectors", method="POST",
                                           headers={"Content-Type": "application/json"},
                                           data=json.dumps({"name": connector["name"], "config": connector}).encode())
            while True:
                try:
                    urllib.request.urlopen(asked, timeout=30).close()
                    break
                except OSError as failure:
                    expect(worker.poll() is None and time.monotonic() < deadline, f"the worker takes no connector: {failure}")
                    time.sleep(0.5)  # it is not up yet, or its members are finding together
        await_file(sink, source.read_text(), worker)
    finally:
        worker.kill()
        worker.wait()


TOOL_ROWS = (topics, configs, quotas, console, consumer_groups, get_offsets, delete_records, log_dirs, reassign_partitions,
             leader_election, metadata_quorum, cluster, features, api_versions, producer_perf_test, consumer_perf_test,
             end_to_end_latency, verifiable, get_groups, streams, connect_standalone, connect_distributed)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", action="append", choices=[each.__name__ for each in TOOL_ROWS])
    parser.add_argument("--broker")
    asked = parser.parse_args()
    broker = Broker(asked.broker)
    failed = 0
    try:
        bench = Bench(broker, jars())
        for each in TOOL_ROWS:
            if asked.tool is not None and each.__name__ not in asked.tool:
                continue
            try:
                each(bench)
                print(f"{each.__name__:24} pass", flush=True)
            except (Failed, subprocess.TimeoutExpired, ValueError, KeyError) as reason:
                failed += 1
                print(f"{each.__name__:24} FAIL {reason}", flush=True)
    finally:
        broker.close()
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
