"""Every served API in every version, asked rightly and in each way that goes wrong.

A case is a name and a body; it is asked of every version that has the fields it is about. What is
wrong with a request's bytes rather than with its values is the same for all APIs: FRAMES.
"""

import group_cases
import matrix_admin
from scenarios import ZERO, batch, step

UNKNOWN_ID = "00" * 15 + "99"
LONG, TOO_LONG, HUGE = "a" * 249, "a" * 250, "a" * 30000
INT16_MAX, INT32_MAX, INT64_MAX = 0x7FFF, 0x7FFFFFFF, 0x7FFFFFFFFFFFFFFF
TAG = [[77, "0102"]]

VERSIONS = {"produce": (3, 13), "fetch": (4, 18), "list_offsets": (1, 11), "metadata": (0, 13),
            "find_coordinator": (0, 6), "api_versions": (0, 4), "create_topics": (2, 7),
            "delete_topics": (1, 6), "init_producer_id": (0, 5), "offset_for_leader_epoch": (2, 4),
            "describe_configs": (1, 4), "describe_cluster": (0, 2), "alter_configs": (0, 2),
            "incremental_alter_configs": (0, 1), **matrix_admin.VERSIONS}
FLEXIBLE = {"produce": 9, "fetch": 12, "list_offsets": 6, "metadata": 9, "find_coordinator": 3,
            "api_versions": 3, "create_topics": 5, "delete_topics": 4, "init_producer_id": 2,
            "offset_for_leader_epoch": 4, "describe_configs": 4, "describe_cluster": 0,
            "alter_configs": 2, "incremental_alter_configs": 1, **matrix_admin.FLEXIBLE}
# What depends on time and on what was asked before, or stands in other scenarios already.
MASKED = {"produce": ["base_offset"], "init_producer_id": ["producer_id", "producer_epoch"],
          "create_topics": ["topic_id"], "delete_topics": ["topic_id"], **matrix_admin.MASKED}
ONLY = {"api_versions": ["error_code"]}

for table, more in ((VERSIONS, group_cases.VERSIONS), (FLEXIBLE, group_cases.FLEXIBLE),
                    (MASKED, group_cases.MASKED), (ONLY, group_cases.ONLY)):
    table.update(more)

FRAMES = {  # name: (in flexible versions only, what the step gets)
    "tag in the header": (True, {"header_tags": TAG}),
    "tag twice in the header": (True, {"header_tags": TAG + TAG}),
    "tags out of order in the header": (True, {"header_tags": [[9, "01"], [8, ""]]}),
    "header tag longer than the frame": (True, {"header_hex_tags": "01" "05" "ffffff07"}),
    "more header tags than bytes": (True, {"header_hex_tags": "ffffffff07"}),
    "tag in the body": (True, {"body_tags": TAG}),
    "tag twice in the body": (True, {"body_tags": TAG + TAG}),
    "tags out of order in the body": (True, {"body_tags": [[99, "01"], [98, ""]]}),
    "many tags in the body": (True, {"body_tags": [[tag, "00"] for tag in range(40, 340)]}),
    "last byte missing": (False, {"cut": 1}),
    "half a body": (False, {"cut": 0.5}),
    "no body": (False, {"cut": 1.0}),
    "byte behind the body": (False, {"append": "00"}),
    "bytes behind the body": (False, {"append": "ff" * 100}),
    "no client id": (False, {"client_id": None}),
    "empty client id": (False, {"client_id": ""}),
    "client id of 30000": (False, {"client_id": HUGE}),
    "client id with line ends": (False, {"client_id": "a\r\nb\x1b[31m"}),
}


def topic_rows(api, rows):
    """Rows of (topic, partitions) with the names that the API has for them."""
    keys = {"produce": ("name", "partition_data"), "fetch": ("topic", "partitions"),
            "list_offsets": ("name", "partitions"), "offset_for_leader_epoch": ("topic", "partitions")}[api]
    return [{**({} if topic is None else topic if isinstance(topic, dict) else {keys[0]: topic}),
             keys[1]: partitions} for topic, partitions in rows]


class Cases:
    """Collects (name, versions, body) of one API."""

    def __init__(self, api, common, partition=None, topics_key=None):
        self.api, self.common, self.partition, self.topics_key = api, common, partition or {}, topics_key
        self.rows = []

    def add(self, name, body=None, first=0, last=99, **more):
        self.rows.append((name, first, last, {**self.common, **(body or {})}, more))

    def row(self, **more):
        return {**self.partition, **more}

    def one(self, name, topic="x@", first=0, last=99, body=None, **fields):
        """One topic with one partition; by id where the API has names no more."""
        for text, given, lo, hi in by_version(self.api, topic):
            self.add(name + text, {self.topics_key: topic_rows(self.api, [(given, [self.row(**fields)])]),
                                   **(body or {})}, max(first, lo), min(last, hi))

    def many(self, name, rows, first=0, last=99, **body):
        """Several (topic, [partition fields])."""
        for text, _, lo, hi in by_version(self.api, "x@"):
            made = [(by_version(self.api, topic)[-1 if lo else 0][1], [self.row(**one) for one in partitions])
                    for topic, partitions in rows]
            self.add(name + text, {self.topics_key: topic_rows(self.api, made), **body},
                     max(first, lo), min(last, hi))


IDS_SINCE = {"produce": 13, "fetch": 13}


def by_version(api, topic):
    """(suffix of the case, name or {"topic_id"}, first, last)."""
    since = IDS_SINCE.get(api)
    if since is None or isinstance(topic, dict):
        return [("", topic, 0, 99)]
    known = {"x@": "$x", "y@": "$y", "small@": "$small", "isr@": "$isr"}.get(topic, UNKNOWN_ID)
    return [("", topic, 0, since - 1), ("", {"topic_id": known}, since, 99)]


def names_of_topics(cases, **fields):
    """What can be wrong with a topic's name, or its id."""
    for name, topic in [("unknown topic", "nosuch@"), ("empty name", ""), ("bad name", "a b"),
                        ("path as name", "../x"), ("name with a zero byte", "a\0b"), ("not ASCII", "tøpic"),
                        ("name of 249", LONG), ("name of 250", TOO_LONG), ("name of 30000", HUGE)]:
        since = IDS_SINCE.get(cases.api)
        cases.one(name, topic, last=since - 1 if since else 99, **fields)
    cases.one("unknown id", {"topic_id": UNKNOWN_ID}, IDS_SINCE.get(cases.api, 99))
    cases.one("zero id", {"topic_id": ZERO}, IDS_SINCE.get(cases.api, 99))
    cases.one("null name", {("topic" if cases.api in ("fetch", "offset_for_leader_epoch") else "name"): None},
              last=IDS_SINCE.get(cases.api, 100) - 1)
    cases.add("no topics", {cases.topics_key: []})
    cases.add("null topics", {cases.topics_key: None})
    cases.many("no partitions", [("x@", [])])
    cases.many("two topics", [("y@", [{}]), ("x@", [{}])])
    cases.many("a topic twice", [("x@", [{}]), ("x@", [{}])])
    cases.many("known and unknown", [("x@", [{}]), ("nosuch@", [{}])])


def partitions_of_topics(cases, index):
    for name, value in [("partition 99", 99), ("partition -1", -1), ("partition 2^31-1", INT32_MAX)]:
        cases.one(name, **{index: value})
    cases.many("a good and a bad partition", [("x@", [{}, {index: 99}])])


def epochs_of_partitions(cases, first, field="current_leader_epoch"):
    for value in (0, 1, -1, -2, INT32_MAX):
        cases.one(f"{field} {value}", first=first, **{field: value})


def produce():
    good = [batch(2)]
    cases = Cases("produce", {"transactional_id": None, "acks": -1, "timeout_ms": 3000},
                  {"index": 0, "records": good}, "topic_data")
    cases.one("valid")
    cases.one("tag in a topic and a partition", "x@", 9, 12, {"topic_data": [
        {"name": "x@", "_tags": TAG, "partition_data": [{"index": 0, "records": good, "_tags": TAG}]}]})
    names_of_topics(cases)
    partitions_of_topics(cases, "index")
    for acks in (1, 2, -2, INT16_MAX):
        cases.one(f"acks {acks}", body={"acks": acks})
    for timeout in (0, -1, -INT32_MAX):
        cases.one(f"timeout {timeout}", body={"timeout_ms": timeout})
    for name, value in [("tx", "tx@"), ("empty", "")]:
        cases.one(f"transactional id, {name}", body={"transactional_id": value})
    cases.one("null records", records=None)
    cases.one("empty records", records=[])
    cases.many("partition twice", [("x@", [{}, {}])])
    cases.one("acks 0, bad", {"name": "nosuch@"}, last=12, body={"acks": 0})
    cases.one("batch too large", "small@", records=[batch(records=[{"value": "x" * 300}])])
    for acks in (-1, 1):
        cases.one(f"too few replicas, acks {acks}", "isr@", body={"acks": acks})
    for name, records in {
            "wrong checksum": [batch(2, crc=1)], "format 1": [batch(2, magic=1)],
            "format 3": [batch(2, magic=3)], "base offset": [batch(2, base_offset=5)],
            "two batches": [batch(1), batch(1)], "count": [batch(2, count=3)],
            "count 0": [batch(2, count=0)], "last offset delta": [batch(2, last_offset_delta=7)],
            "control batch": [batch(1, attributes=0x20, producer_id=1, producer_epoch=0)],
            "transactional bit": [batch(1, attributes=0x10, producer_id=1, producer_epoch=0, base_sequence=0)],
            "sequence without producer": [batch(1, base_sequence=5)],
            "zstd bit": [batch(1, attributes=4)], "no such codec": [batch(1, attributes=7)],
            "far future": [batch(records=[{"value": "v", "timestamp": 1 << 60}])],
            "negative timestamp": [batch(records=[{"value": "v", "timestamp": -5}])],
            "cut": batch_hex()[:-2], "one byte": "00", "length negative": "00" * 8 + "ffffffff" + "00" * 60,
            "length 0": "00" * 80}.items():
        cases.one(f"records: {name}", records=records)
    return cases


def batch_hex():
    import wire
    return wire.batch(batch(2)).hex()


def fetch():
    cases = Cases("fetch", {"max_wait_ms": 20, "min_bytes": 1, "max_bytes": 1 << 20},
                  {"partition": 0, "fetch_offset": 0, "partition_max_bytes": 1 << 20}, "topics")
    cases.one("valid")
    names_of_topics(cases)
    partitions_of_topics(cases, "partition")
    epochs_of_partitions(cases, 9)
    for value in (0, 1, -2):
        cases.one(f"last fetched epoch {value}", first=12, last_fetched_epoch=value, fetch_offset=1)
    for value in (1, 4, 5, -1, -2, INT64_MAX):
        cases.one(f"offset {value}", fetch_offset=value)
    for field in ("max_wait_ms", "min_bytes", "max_bytes"):
        cases.one(f"{field} -1", body={field: -1})
        cases.one(f"{field} 0", body={field: 0})
    cases.one("min_bytes 2^31-1", body={"min_bytes": INT32_MAX})
    cases.one("partition_max_bytes -1", partition_max_bytes=-1)
    cases.one("partition_max_bytes 0", partition_max_bytes=0)
    cases.one("one byte", body={"max_bytes": 1}, partition_max_bytes=1)
    for level in (1, 2, 9, -1):
        cases.one(f"isolation {level}", body={"isolation_level": level})
    for session, epoch in [(0, 5), (123, 1), (123, -1), (-1, 1), (-5, 3)]:
        cases.one(f"session {session}, epoch {epoch}", first=7,
                  body={"session_id": session, "session_epoch": epoch})
    cases.one("unknown session, epoch 0", first=7, last=12, body={"session_id": 0, "session_epoch": -2})
    cases.many("partition twice", [("x@", [{}, {}])])
    cases.one("forgotten", first=7, last=12, body={"forgotten_topics_data": [
        {"topic": "x@", "partitions": [0]}]})
    cases.one("rack", first=11, body={"rack_id": "somewhere"})
    cases.one("other cluster", first=12, body={"cluster_id": "someone-else"})
    cases.one("high watermark told", first=18, high_watermark=1)
    cases.one("directory told", first=17, replica_directory_id="11" * 16)
    cases.one("log start told", first=5, log_start_offset=3)
    cases.one("replica -2", last=14, body={"replica_id": -2})
    cases.one("replica -3", last=14, body={"replica_id": -3})
    return cases


def list_offsets():
    cases = Cases("list_offsets", {"replica_id": -1, "timeout_ms": 3000},
                  {"partition_index": 0, "timestamp": -1}, "topics")
    cases.one("valid")
    names_of_topics(cases)
    partitions_of_topics(cases, "partition_index")
    epochs_of_partitions(cases, 4)
    for timestamp in (-2, -3, -4, -5, -6, -7, -INT64_MAX, 0, 1000, 1001, 9999, INT64_MAX):
        cases.one(f"timestamp {timestamp}", timestamp=timestamp)
        cases.one(f"timestamp {timestamp} of nothing", "y@", timestamp=timestamp)
    for level in (1, 2, 9, -1):
        for timestamp in (-1, -2, -3, 1000):
            cases.one(f"isolation {level}, timestamp {timestamp}", first=2, timestamp=timestamp,
                      body={"isolation_level": level})
    for timeout in (0, -1):
        cases.one(f"timeout {timeout}", first=10, body={"timeout_ms": timeout})
    for replica in (-2, -3):
        cases.one(f"replica {replica}", body={"replica_id": replica})
    cases.many("partition twice", [("x@", [{}, {"timestamp": -2}])])
    return cases


def offset_for_leader_epoch():
    cases = Cases("offset_for_leader_epoch", {"replica_id": -1},
                  {"partition": 0, "leader_epoch": 0}, "topics")
    cases.one("valid")
    names_of_topics(cases)
    partitions_of_topics(cases, "partition")
    epochs_of_partitions(cases, 0)
    epochs_of_partitions(cases, 0, "leader_epoch")
    cases.many("partition twice", [("x@", [{}, {}])])
    for replica in (-2, 0, 5):
        cases.one(f"replica {replica}", first=3, body={"replica_id": replica})
    return cases


def metadata():
    cases = Cases("metadata", {"allow_auto_topic_creation": False})
    for name, topics, first in [
            ("valid", ["x@"], 0), ("two", ["y@", "x@"], 0), ("none", [], 1), ("unknown topic", ["nosuch@"], 4),
            ("known and unknown", ["x@", "nosuch@"], 4), ("a topic twice", ["x@", "x@"], 0),
            ("an unknown topic twice", ["nosuch@", "nosuch@"], 4)]:
        cases.add(name, {"topics": [{"name": topic} for topic in topics]}, first)
    for name, topic in [("empty name", ""), ("bad name", "a b"), ("path as name", "../x"), ("dot", "."),
                        ("name with a zero byte", "a\0b"), ("not ASCII", "tøpic"), ("name of 250", TOO_LONG),
                        ("name of 30000", HUGE), ("colliding name", "col.lides@")]:
        cases.add(name, {"topics": [{"name": topic}]}, 4)
        if topic:
            cases.add(f"{name}, made on demand",
                      {"topics": [{"name": topic}], "allow_auto_topic_creation": True})
    for topic in ("__share_group_state_", "__cluster_metadata", "__remote_log_metadata"):
        cases.add(f"{topic}, not made", {"topics": [{"name": topic}]}, 4)
    cases.add("internal topic, not made", {"topics": [{"name": "__share_group_state"}]}, 4)
    cases.add("cluster metadata on demand", {"topics": [{"name": "__cluster_metadata"}],
                                             "allow_auto_topic_creation": True})
    cases.add("made on demand", {"topics": [{"name": "wanted-#@"}], "allow_auto_topic_creation": True})
    cases.add("null topics", {"topics": None}, 0, 0)
    cases.add("null name", {"topics": [{"name": None}]})
    cases.add("by id", {"topics": [{"topic_id": "$x", "name": None}]}, 12)
    cases.add("by unknown id", {"topics": [{"topic_id": UNKNOWN_ID, "name": None}]}, 10)
    cases.add("by id and name", {"topics": [{"topic_id": "$x", "name": "x@"}]}, 10)
    cases.add("by two ids", {"topics": [{"topic_id": "$y", "name": None}, {"topic_id": "$x", "name": None}]}, 12)
    cases.add("by id twice", {"topics": [{"topic_id": "$x", "name": None}] * 2}, 12)
    cases.add("tag in a topic", {"topics": [{"name": "x@", "_tags": TAG}]}, 9)
    cases.add("topic operations", {"topics": [{"name": "x@"}], "include_topic_authorized_operations": True}, 8)
    cases.add("cluster operations", {"topics": [], "include_cluster_authorized_operations": True}, 8, 10)
    cases.add("made on demand, and operations", {"topics": [{"name": "nosuch@"}],
                                                 "include_topic_authorized_operations": True}, 8)
    return cases


def create_topics():
    cases = Cases("create_topics", {"timeout_ms": 10000, "validate_only": False})

    def one(name, topic=None, body=None, **more):
        made = "tried@" if (body or {}).get("validate_only") else "made-#@"
        cases.add(name, {"topics": [{"name": made, "num_partitions": 1, "replication_factor": 1,
                                     **(topic or {})}], **(body or {})}, **more)
    tried = {"validate_only": True}
    one("valid")
    one("validated", {"name": "tried@"}, tried)
    one("exists", {"name": "x@"})
    for name, topic in [("empty name", ""), ("bad name", "a b"), ("path as name", "../x"), ("dot", "."),
                        ("two dots", ".."), ("name with a zero byte", "a\0b"), ("not ASCII", "tøpic"),
                        ("name of 249", LONG), ("name of 250", TOO_LONG), ("name of 30000", HUGE),
                        ("colliding name", "col.lides@"), ("__cluster_metadata", "__cluster_metadata")]:
        one(name, {"name": topic}, tried)
    one("null name", {"name": None}, tried)
    for count in (0, -1, -2, 100001, INT32_MAX):
        one(f"partitions {count}", {"num_partitions": count}, tried)
    for count in (0, -1, -2, 2, INT16_MAX):
        one(f"replicas {count}", {"replication_factor": count}, tried)
    for name, rows in {"good": [(0, ["$node"])], "gap": [(0, ["$node"]), (2, ["$node"])],
                       "twice": [(0, ["$node"]), (0, ["$node"])], "nobody": [(0, [])], "not from 0": [(1, ["$node"])],
                       "stranger": [(0, [99])], "negative broker": [(0, [-1])], "negative": [(-1, ["$node"])],
                       "repeats": [(0, ["$node", "$node"])], "null": [(0, None)]}.items():
        assignments = [{"partition_index": index, "broker_ids": brokers} for index, brokers in rows]
        one(f"assignment: {name}", {"num_partitions": -1, "replication_factor": -1,
                                    "assignments": assignments}, tried)
    one("assignment and counts", {"assignments": [{"partition_index": 0, "broker_ids": ["$node"]}]}, tried)
    one("null assignments", {"assignments": None}, tried)
    one("null configs", {"configs": None}, tried)
    configs = [("no.such", "1"), ("", "1"), ("retention.ms", "soon"), ("retention.ms", ""), ("retention.ms", None),
               ("retention.ms", "-1"), ("retention.ms", "-2"), ("retention.ms", "9223372036854775808"),
               ("retention.ms", " 5 "), ("retention.ms", "+5"), ("retention.ms", "1.5"),
               ("retention.bytes", "-7"), ("retention.bytes", "-1"), ("retention.bytes", "-9223372036854775808"),
               ("segment.bytes", "1"), ("segment.bytes", "1048576"), ("segment.bytes", "2147483648"),
               ("segment.ms", "0"), ("segment.jitter.ms", "-1"), ("segment.index.bytes", "3"),
               ("cleanup.policy", ""), ("cleanup.policy", "delete"), ("cleanup.policy", "delete,delete"),
               ("cleanup.policy", "compact"), ("cleanup.policy", "compact,delete"), ("cleanup.policy", "none"),
               ("cleanup.policy", "DELETE"), ("cleanup.policy", "delete,"), ("cleanup.policy", None),
               ("min.cleanable.dirty.ratio", "NaN"), ("min.cleanable.dirty.ratio", "Infinity"),
               ("min.cleanable.dirty.ratio", "-Infinity"), ("min.cleanable.dirty.ratio", "1.01"),
               ("min.cleanable.dirty.ratio", "-0.1"), ("min.cleanable.dirty.ratio", "1e-3"),
               ("min.cleanable.dirty.ratio", "inf"), ("min.cleanable.dirty.ratio", "nan"),
               ("min.cleanable.dirty.ratio", "0x1p-2"), ("min.cleanable.dirty.ratio", ".5"),
               ("min.cleanable.dirty.ratio", "0.5f"), ("min.cleanable.dirty.ratio", "0.5d"),
               ("min.cleanable.dirty.ratio", ""), ("min.insync.replicas", "0"), ("min.insync.replicas", "9"),
               ("compression.type", "zstd"), ("compression.type", "none"), ("compression.type", "ZSTD"),
               ("compression.gzip.level", "0"), ("compression.gzip.level", "10"), ("compression.zstd.level", "23"),
               ("message.timestamp.type", "createtime"), ("message.timestamp.type", "LogAppendTime"),
               ("message.timestamp.type", " LogAppendTime"), ("message.timestamp.before.max.ms", "-1"),
               ("message.timestamp.difference.max.ms", "5"), ("message.format.version", "3.0"),
               ("message.downconversion.enable", "true"),
               ("preallocate", "yes"), ("preallocate", "TRUE"), ("preallocate", "true"),
               ("unclean.leader.election.enable", " true "), ("flush.messages", "0"), ("flush.messages", "1"),
               ("flush.messages", "1000"), ("flush.ms", "-1"), ("max.message.bytes", "-1"), ("max.message.bytes", "0"),
               ("delete.retention.ms", "-1"), ("file.delete.delay.ms", "-1"), ("index.interval.bytes", "-1"),
               ("min.compaction.lag.ms", "-1"), ("max.compaction.lag.ms", "0"), ("remote.storage.enable", "true"),
               ("remote.storage.enable", "false"), ("local.retention.ms", "-3"), ("local.retention.bytes", "-3"),
               ("local.retention.ms", "999999999999"), ("remote.log.copy.disable", "true"),
               ("leader.replication.throttled.replicas", "*"), ("leader.replication.throttled.replicas", "0:1"),
               ("leader.replication.throttled.replicas", "x"), ("follower.replication.throttled.replicas", "none"),
               ("errors.deadletterqueue.topic.name", "x"), ("internal.segment.bytes", "5000")]
    for name, value in configs:
        one(f"{name}={value if value is None else repr(value)}",
            {"configs": [{"name": name, "value": value}]}, tried, first=7, only_configs=[name])
    one("config twice", {"configs": [{"name": "retention.ms", "value": "1"},
                                     {"name": "retention.ms", "value": "2"}]}, tried, only_configs=["retention.ms"])
    one("compaction lags contradict", {"configs": [{"name": "min.compaction.lag.ms", "value": "9"},
                                                   {"name": "max.compaction.lag.ms", "value": "5"}]}, tried)
    one("all defaults", {"num_partitions": -1, "replication_factor": -1}, tried, first=5, all_configs=True)
    one("tag in a topic", {"_tags": TAG}, tried, first=5)
    for timeout in (-1, 0):
        one(f"timeout {timeout}, exists", {"name": "x@"}, {"timeout_ms": timeout})
    same = {"name": "made2-#@", "num_partitions": 1, "replication_factor": 1}
    cases.add("a topic twice", {"topics": [same, same]})
    cases.add("good and bad", {"topics": [{"name": "made3-#@", "num_partitions": 1, "replication_factor": 1},
                                          {"name": "a b", "num_partitions": 1, "replication_factor": 1}]})
    cases.add("no topics", {"topics": []})
    cases.add("null topics", {"topics": None})
    return cases


def delete_topics():
    cases = Cases("delete_topics", {"timeout_ms": 10000})
    for name, topic in [("unknown topic", "nosuch@"), ("empty name", ""), ("bad name", "a b"),
                        ("name of 250", TOO_LONG), ("name of 30000", HUGE), ("made before", "made-#@")]:
        cases.add(name, {"topic_names": [topic]}, 1, 5)
        cases.add(name, {"topics": [{"name": topic}]}, 6)
    cases.add("again", {"topic_names": ["made-#@"]}, 1, 5)
    cases.add("name twice", {"topic_names": ["nosuch@", "nosuch@"]}, 1, 5)
    cases.add("name twice", {"topics": [{"name": "nosuch@"}] * 2}, 6)
    cases.add("unknown id", {"topics": [{"name": None, "topic_id": UNKNOWN_ID}]}, 6)
    cases.add("unknown id twice", {"topics": [{"name": None, "topic_id": UNKNOWN_ID}] * 2}, 6)
    cases.add("zero id", {"topics": [{"name": None, "topic_id": ZERO}]}, 6)
    cases.add("name and id", {"topics": [{"name": "x@", "topic_id": "$x"}]}, 6)
    cases.add("tag in a topic", {"topics": [{"name": "nosuch@", "_tags": TAG}]}, 6)
    cases.add("null name", {"topic_names": [None]}, 1, 5)
    cases.add("none", {"topic_names": []}, 1, 5)
    cases.add("none", {"topics": []}, 6)
    cases.add("null", {"topic_names": None}, 1, 5)
    cases.add("null", {"topics": None}, 6)
    for timeout in (-1, 0):
        cases.add(f"timeout {timeout}, unknown topic", {"topic_names": ["nosuch@"], "timeout_ms": timeout}, 1, 5)
    return cases


def init_producer_id():
    cases = Cases("init_producer_id", {"transactional_id": None, "transaction_timeout_ms": 1000})
    cases.add("valid")
    cases.add("empty transactional id", {"transactional_id": ""})
    for timeout in (0, -1, INT32_MAX):
        cases.add(f"timeout {timeout}", {"transaction_timeout_ms": timeout})
    for producer, epoch in [(5, 3), (5, -1), (-1, 5), (-2, -1), (-1, -2), (INT64_MAX, INT16_MAX), (0, 0)]:
        cases.add(f"producer {producer}, epoch {epoch}",
                  {"producer_id": producer, "producer_epoch": epoch}, 3)
    return cases


def find_coordinator():
    cases = Cases("find_coordinator", {"key_type": 0})
    for kind in (-1, 3, 9, 127):
        cases.add(f"type {kind}", {"key_type": kind, "key": "k"}, 1, 3)
        cases.add(f"type {kind}", {"key_type": kind, "coordinator_keys": ["k"]}, 4)
    cases.add("null key", {"key": None}, 0, 3)
    cases.add("null keys", {"coordinator_keys": None}, 4)
    cases.add("a null key", {"coordinator_keys": [None]}, 4)
    cases.add("no keys", {"coordinator_keys": []}, 4)
    cases.add("share group", {"key_type": 2, "coordinator_keys": ["k"]}, 4, 5)
    cases.add("malformed share key", {"key_type": 2, "coordinator_keys": ["k"]}, 6)
    cases.add("share group", {"key_type": 2, "key": "k"}, 1, 3)
    return cases


def api_versions():
    cases = Cases("api_versions", {"client_software_name": "conformance", "client_software_version": "1.0"})
    cases.add("valid")
    for field in ("name", "version"):
        for name, value in [("empty", ""), ("blank", "a b"), ("dots", "a.b-c"), ("leading dash", "-a"),
                            ("trailing dot", "a."), ("not ASCII", "ø"), ("of 30000", HUGE), ("null", None),
                            ("line end", "a\n"), ("underscore", "a_b"), ("zero byte", "a\0")]:
            cases.add(f"{field} {name}", {f"client_software_{field}": value}, 3)
    return cases


def describe_configs():
    cases = Cases("describe_configs", {"include_synonyms": True, "include_documentation": False})

    def one(name, kind, resource, keys=None, **more):
        cases.add(name, {"resources": [{"resource_type": kind, "resource_name": resource,
                                        "configuration_keys": keys}], **more.pop("body", {})}, **more)
    one("every name", 2, "x@", all_configs=True)
    one("without synonyms", 2, "x@", body={"include_synonyms": False}, all_configs=True)
    one("one name", 2, "x@", ["retention.ms"], all_configs=True)
    one("a name twice", 2, "x@", ["retention.ms", "retention.ms"], all_configs=True)
    one("unknown name", 2, "x@", ["no.such"])
    one("known and unknown name", 2, "x@", ["no.such", "retention.ms"], all_configs=True)
    one("a null name", 2, "x@", [None])
    one("no names", 2, "x@", [], all_configs=True)
    one("set by the topic", 2, "set@", all_configs=True)
    for name, topic in [("unknown topic", "nosuch@"), ("empty name", ""), ("bad name", "a b"),
                        ("name of 250", TOO_LONG), ("name of 30000", HUGE), ("null topic", None)]:
        one(name, 2, topic)
    for kind in (0, 1, 3, 5, 9, 99, -1, 127):
        one(f"type {kind}", kind, "x@")
    for name in ("", "99", "x", "-1", "99999999999", " 1"):
        one(f"broker {name!r}", 4, name, ["no.such"])
    one("unknown broker logger", 8, "99")
    one("broker, unknown name", 4, "$node_name", ["no.such"])
    cases.add("two topics", {"resources": [
        {"resource_type": 2, "resource_name": name, "configuration_keys": ["retention.ms"]}
        for name in ("y@", "x@")]}, all_configs=True)
    cases.add("tag in a resource", {"resources": [
        {"resource_type": 2, "resource_name": "x@", "configuration_keys": ["retention.ms"], "_tags": TAG}]}, 4)
    cases.add("none", {"resources": []})
    cases.add("null", {"resources": None})
    return cases


def configs_to_alter(api, common, wrong):
    """What AlterConfigs and IncrementalAlterConfigs have in common; validate_only, so that nothing changes."""
    cases = Cases(api, {"validate_only": True})

    def one(name, kind, resource, *configs):
        cases.add(name, {"resources": [{"resource_type": kind, "resource_name": resource,
                                        "configs": [{**common, **config} for config in configs]}]})
    good = {"name": "retention.ms", "value": "1000"}
    one("valid", 2, "x@", good)
    one("two settings", 2, "x@", good, {"name": "segment.ms", "value": "60000"})
    one("no settings", 2, "x@")
    one("not named by a topic", 2, "set@", good)
    for name, topic in [("unknown topic", "nosuch@"), ("empty name", ""), ("bad name", "a b"),
                        ("name of 250", TOO_LONG), ("name of 30000", HUGE), ("null topic", None)]:
        one(name, 2, topic, good)
    for name, config in [("unknown setting", {"name": "no.such", "value": "1"}),
                         ("empty setting", {"name": "", "value": "1"}),
                         ("null value", {"name": "retention.ms", "value": None}),
                         ("null setting", {"name": None, "value": "1"}),
                         ("not a number", {"name": "retention.ms", "value": "abc"}),
                         ("empty value", {"name": "retention.ms", "value": ""}),
                         ("out of range", {"name": "segment.bytes", "value": "0"}),
                         ("unknown choice", {"name": "cleanup.policy", "value": "burn"}),
                         ("value of 5000", {"name": "retention.ms", "value": "9" * 5000}), *wrong]:
        one(name, 2, "x@", config)
    one("a setting twice", 2, "x@", good, good)
    one("a good and a bad setting", 2, "x@", good, {"name": "no.such", "value": "1"})
    for kind in (0, 1, 3, 5, 9, 99, -1, 127):
        one(f"type {kind}", kind, "x@", good)
    for name in ("99", "x", "-1"):
        one(f"broker {name!r}", 4, name, {"name": "no.such", "value": "1"})
    rows = {name: {"resource_type": 2, "resource_name": name, "configs": [{**common, **good}]}
            for name in ("x@", "y@", "nosuch@")}
    cases.add("two topics", {"resources": [rows["y@"], rows["x@"]]})
    cases.add("a topic twice", {"resources": [rows["x@"], rows["x@"]]})
    cases.add("known and unknown", {"resources": [rows["x@"], rows["nosuch@"]]})
    cases.add("none", {"resources": []})
    cases.add("null", {"resources": None})
    return cases


def alter_configs():
    return configs_to_alter("alter_configs", {}, [])


def incremental_alter_configs():
    def by(operation, name, value):
        return {"config_operation": operation, "name": name, "value": value}
    return configs_to_alter("incremental_alter_configs", {"config_operation": 0}, [
        ("delete", by(1, "retention.ms", None)),
        ("delete with a value", by(1, "retention.ms", "x")),
        ("delete unknown", by(1, "no.such", None)),
        ("append", by(2, "cleanup.policy", "delete")),
        ("append unknown choice", by(2, "cleanup.policy", "burn")),
        ("append to a number", by(2, "retention.ms", "1")),
        ("append to unknown", by(2, "no.such", "1")),
        ("append null", by(2, "cleanup.policy", None)),
        ("subtract", by(3, "follower.replication.throttled.replicas", "0:1")),
        ("subtract from a number", by(3, "retention.ms", "1")),
        ("subtract null", by(3, "cleanup.policy", None)),
        ("operation 4", by(4, "retention.ms", "1")),
        ("operation -1", by(-1, "retention.ms", "1"))])


def altered_for_good():
    """Changes that stay, and what is seen of them."""
    def see(name):
        return step(name, "describe_configs", 4, {"include_synonyms": True, "resources": [
            {"resource_type": 2, "resource_name": "set@",
             "configuration_keys": ["retention.ms", "max.message.bytes", "segment.ms"]}]})

    def alter(name, *configs):
        return step(name, "incremental_alter_configs", 1, {"resources": [{
            "resource_type": 2, "resource_name": "set@",
            "configs": [{"config_operation": how, "name": key, "value": value} for how, key, value in configs]}]})
    return [alter("set", (0, "segment.ms", "60000"), (1, "retention.ms", None)), see("after set"),
            alter("all or none", (0, "segment.ms", "70000"), (0, "no.such", "1")), see("after all or none"),
            step("replace", "alter_configs", 2, {"resources": [{
                "resource_type": 2, "resource_name": "set@",
                "configs": [{"name": "max.message.bytes", "value": "6000"}]}]}), see("after replace")]


def describe_cluster():
    cases = Cases("describe_cluster", {})
    cases.add("valid")
    for kind in (0, 2, 3, 9, -1):
        cases.add(f"endpoint type {kind}", {"endpoint_type": kind}, 1)
    cases.add("fenced", {"include_fenced_brokers": True}, 2)
    return cases


VALID = {"metadata": {"topics": [{"name": "x@"}]}, "create_topics": {"topics": [], "timeout_ms": 1000},
         "delete_topics": {"timeout_ms": 1000}, "init_producer_id": {"transaction_timeout_ms": 1000},
         "find_coordinator": {"key_type": 9, "key": "g", "coordinator_keys": ["g"]},
         "list_offsets": {"replica_id": -1, "topics": topic_rows("list_offsets", [("x@", [{
             "partition_index": 0, "timestamp": -1}])])},
         "offset_for_leader_epoch": {"replica_id": -1, "topics": topic_rows("offset_for_leader_epoch", [(
             "x@", [{"partition": 0, "leader_epoch": 0}])])},
         "produce": {"acks": 1, "timeout_ms": 1000}, "fetch": {"max_wait_ms": 0, "min_bytes": 0},
         "api_versions": {"client_software_name": "conformance", "client_software_version": "1.0"},
         "describe_configs": {"resources": [{"resource_type": 2, "resource_name": "x@",
                                             "configuration_keys": ["no.such"]}]},
         "describe_cluster": {}, "alter_configs": {}, "incremental_alter_configs": {}, **group_cases.VALID, **matrix_admin.VALID}


def frames(api):
    """The same valid request in every version with bytes that are not as they should be."""
    for version in range(VERSIONS[api][0], VERSIONS[api][1] + 1):
        for name, (flexible_only, more) in FRAMES.items():
            if not flexible_only or version >= FLEXIBLE[api]:
                yield ask(api, f"frame: {name}", version, numbered(VALID[api], version), **more)
    first, last = VERSIONS[api]
    for version in (first - 1, last + 1, 99, INT16_MAX, -1, -INT16_MAX - 1):
        if api == "api_versions" or (api, version) == ("init_producer_id", 6):
            continue
        inside = min(max(version, first), last)
        yield ask(api, "frame: version not served", version, VALID[api], encode_as=inside, decode_as=inside)


def ask(api, name, version, body, **more):
    if api in ONLY:
        more.setdefault("only", ONLY[api])
    if name == "null records":
        more["patience_seconds"] = 1  # Apache Kafka never answers
    return step(f"{name} v{version}", api, version, body, mask=MASKED.get(api, []), **more)


def numbered(value, version):
    """"#" in a name stands for the version."""
    if isinstance(value, dict):
        return {key: numbered(one, version) for key, one in value.items()}
    if isinstance(value, list):
        return [numbered(one, version) for one in value]
    return value.replace("#", str(version)) if isinstance(value, str) else value


def steps_of(cases):
    first, last = VERSIONS[cases.api]
    for name, since, until, body, more in cases.rows:
        for version in range(max(first, since), min(last, until) + 1):
            yield ask(cases.api, name, version, numbered(body, version), **more)


def setup():
    topics = [{"name": "x@", "num_partitions": 1, "replication_factor": 1},
              {"name": "y@", "num_partitions": 1, "replication_factor": 1},
              {"name": "small@", "configs": [{"name": "max.message.bytes", "value": "200"}]},
              {"name": "isr@", "configs": [{"name": "min.insync.replicas", "value": "2"}]},
              {"name": "set@", "configs": [{"name": "retention.ms", "value": "86400000"},
                                           {"name": "max.message.bytes", "value": "5000"},
                                           {"name": "message.timestamp.type", "value": "LogAppendTime"}]},
              {"name": "col_lides@"}, {"name": "p@"}]
    rows = [{"num_partitions": 1, "replication_factor": 1, **topic} for topic in topics]
    names = ("x", "y", "small", "isr", "set", "col", "p")
    return [step("make", "create_topics", 7, {"topics": rows, "timeout_ms": 30000}, only_configs=[],
                 save={name: f"topics.{index}.topic_id" for index, name in enumerate(names)}),
            *[step(f"fill {n}", "produce", 9, {"acks": -1, "timeout_ms": 3000, "topic_data": [
                {"name": "x@", "partition_data": [{"index": 0, "records": [batch(2)]}]}]}) for n in range(2)],
            *groups_to_ask_about()]


def groups_to_ask_about():
    """One group with an offset, one to commit to, and one for each version of DeleteGroups."""
    groups = ["g@", "e@", "d0@", "d1@", "d2@"]
    return [step("coordinator", "find_coordinator", 4, {"coordinator_keys": groups}, retry=True,
                 only=["coordinators.error_code"]),
            *[step(f"commit of {group}", "offset_commit", 8, {
                "group_id": group, "generation_id_or_member_epoch": -1, "topics": [
                    {"name": "x@", "partitions": [{"partition_index": 0, "committed_offset": 3,
                                                   "committed_metadata": "m"}]}]}, retry=True)
              for group in groups]]


def keys():
    """Every number that might be an API, in its first version and without a body."""
    return [step(f"key {key}", "metadata", 0, body_hex="", key=key)
            for key in [-1, *range(93, 130), INT16_MAX] if key != 18]


def all_cases():
    """Produce comes last: it changes what the others read."""
    makers = (metadata, fetch, list_offsets, offset_for_leader_epoch, create_topics, delete_topics,
              init_producer_id, find_coordinator, api_versions, describe_configs, describe_cluster,
              alter_configs, incremental_alter_configs, *(lambda maker=each: maker(Cases) for each in group_cases.MAKERS),
              *matrix_admin.makers(Cases), produce)
    made = {"every: setup": setup(), "every: unknown keys": keys()}
    for maker in makers:
        cases = maker()
        made[f"every: {cases.api}"] = list(steps_of(cases))
        made[f"every: {cases.api} frames"] = list(frames(cases.api))
    made["every: altered for good"] = altered_for_good()
    return made
