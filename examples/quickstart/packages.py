#!/usr/bin/env python3
"""The Python half of the quick start, on the stock client kafka-python.

packages.py lines                            fields from dpkg-query on standard input -> key TAB JSON on standard output
packages.py create BOOTSTRAP TOPIC COUNT [SETTING=VALUE...]
                                             makes the topic with COUNT partitions
packages.py compare BOOTSTRAP TOPIC FILE     reads the topic and compares it, key by key, with the lines that were written
"""
import collections
import hashlib
import json
import sys
import time

NAMES = ("section", "package", "version", "architecture", "installed_kib", "summary")


def lines():
    for line in sys.stdin:
        fields = dict(zip(NAMES, line.rstrip("\n").split("\x1f")))
        key = fields["section"] or "none"
        print(key + "\t" + json.dumps(fields, ensure_ascii=False))


def create(bootstrap, topic, count, *settings):
    from kafka.admin import KafkaAdminClient, NewTopic
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    admin.create_topics([NewTopic(name=topic, num_partitions=int(count), replication_factor=1,
                                  topic_configs=dict(one.split("=", 1) for one in settings))])
    admin.close()
    print(f"created {topic} with {count} partitions" + "".join(f", {one}" for one in settings))


def read(bootstrap, topic):
    """Every record of the topic as (partition, key, value), each partition in the order of its offsets."""
    from kafka import KafkaConsumer, TopicPartition
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, group_id=None, auto_offset_reset="earliest",
                             enable_auto_commit=False)
    partitions = [TopicPartition(topic, index) for index in sorted(consumer.partitions_for_topic(topic))]
    consumer.assign(partitions)
    ends = consumer.end_offsets(partitions)
    consumer.seek_to_beginning(*partitions)
    deadline = time.monotonic() + 60
    while any(consumer.position(p) < ends[p] for p in partitions):
        if time.monotonic() > deadline:
            sys.exit("packages.py: timed out while reading")
        for partition, records in consumer.poll(timeout_ms=500).items():
            for record in records:
                yield partition.partition, record.key.decode(), record.value.decode()
    consumer.close()


def digests(pairs):
    """One checksum a key over its values in order, so that loss, change and reordering all show."""
    sums = collections.defaultdict(hashlib.sha256)
    for key, value in pairs:
        sums[key].update(value.encode() + b"\n")
    return {key: value.hexdigest() for key, value in sums.items()}


def compare(bootstrap, topic, path):
    with open(path, encoding="utf-8") as file:
        written = [tuple(line.rstrip("\n").split("\t", 1)) for line in file]
    begin = time.monotonic()
    got = list(read(bootstrap, topic))
    seconds = time.monotonic() - begin
    size = sum(len(key) + len(value) for _, key, value in got)
    print(f"read {len(got)} records, {size / 1024:.1f} KiB, in {seconds * 1000:.0f} ms: "
          f"{len(got) / seconds:.0f} records/s, {size / 1e6 / seconds:.1f} MB/s")
    for partition, count in sorted(collections.Counter(p for p, _, _ in got).items()):
        print(f"  partition {partition}: {count} records")
    for key, count in collections.Counter(key for _, key, _ in got).most_common(5):
        print(f"  section {key}: {count} packages")
    expected, found = digests(written), digests((key, value) for _, key, value in got)
    wrong = sorted(key for key in expected.keys() | found.keys() if expected.get(key) != found.get(key))
    if wrong or len(got) != len(written):
        sys.exit(f"packages.py: wrote {len(written)}, read {len(got)}; keys that differ: {', '.join(wrong) or 'none'}")
    whole = hashlib.sha256("".join(f"{k} {v}\n" for k, v in sorted(found.items())).encode()).hexdigest()
    print(f"all {len(found)} keys have the checksum of what was written: {whole[:16]}")


COMMANDS = {"lines": lines, "create": create, "compare": compare}
if sys.argv[1:] in (["-h"], ["--help"]):
    print(__doc__.rstrip())
    sys.exit()
if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:
    sys.exit(__doc__)
COMMANDS[sys.argv[1]](*sys.argv[2:])
