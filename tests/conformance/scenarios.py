"""What is asked of a broker, in order; each scenario starts on a new connection.

A step is {"name", "api", "version", "body", ...}; "save" keeps a value of the answer under a name
that later bodies write as "$name". "@" in a topic name stands for the suffix of this run.
"""

ZERO = "0" * 32
EARLIEST, LATEST, MAX_TIMESTAMP, EARLIEST_LOCAL, LAST_TIERED, PENDING_UPLOAD = -2, -1, -3, -4, -5, -6


def step(name, api, version, body=None, **more):
    return {"name": name, "api": api, "version": version, "body": body or {}, **more}


def create(name, topics, version=7, timeout_ms=30000, validate_only=False, **more):
    rows = []
    for topic in topics:
        row = {"name": topic["name"], "num_partitions": topic.get("partitions", 1),
               "replication_factor": topic.get("replicas", 1)}
        if "configs" in topic:
            row["configs"] = [{"name": key, "value": value} for key, value in topic["configs"]]
        if "assignments" in topic:
            row["assignments"] = [{"partition_index": index, "broker_ids": brokers}
                                  for index, brokers in topic["assignments"]]
        rows.append(row)
    return step(name, "create_topics", version, {"topics": rows, "timeout_ms": timeout_ms,
                                                 "validate_only": validate_only}, **more)


def batch(size=1, **more):
    rows = more.pop("records", None) or [{"key": "k", "value": f"v{i}", "timestamp": 1000 + i}
                                         for i in range(size)]
    return {"records": rows, **more}


def produce(name, topic, batches, version=9, acks=-1, partition=0, transactional_id=None, **more):
    key = "topic_id" if topic.startswith("$") else "name"
    return step(name, "produce", version,
                {"transactional_id": transactional_id, "acks": acks, "timeout_ms": 5000,
                 "topic_data": [{key: topic, "partition_data": [
                     {"index": partition, "records": batches}]}]}, **more)


def fetch(name, topic, offset=0, version=12, partition=0, partition_max_bytes=1 << 20, max_bytes=1 << 24,
          epoch=-1, last_epoch=-1, session=(0, -1), isolation=0, max_wait_ms=100, min_bytes=1, **more):
    key = "topic_id" if topic.startswith("$") or topic == ZERO else "topic"
    row = {"partition": partition, "current_leader_epoch": epoch, "fetch_offset": offset,
           "partition_max_bytes": partition_max_bytes}
    if version >= 12:
        row["last_fetched_epoch"] = last_epoch
    body = {"max_wait_ms": max_wait_ms, "min_bytes": min_bytes, "max_bytes": max_bytes,
            "isolation_level": isolation, "session_id": session[0], "session_epoch": session[1],
            "topics": [{key: topic, "partitions": [row]}]}
    body.update(more.pop("extra", {}))
    return step(name, "fetch", version, body, **more)


def list_offsets(name, topic, timestamp, version=7, partition=0, epoch=-1, isolation=0):
    return step(name, "list_offsets", version,
                {"replica_id": -1, "isolation_level": isolation, "topics": [{"name": topic, "partitions": [
                    {"partition_index": partition, "current_leader_epoch": epoch,
                     "timestamp": timestamp}]}]})


def metadata(name, topics, version=12, auto=False, **more):
    rows = topics if topics is None else [
        {"topic_id": topic, "name": None} if topic.startswith("$") or len(topic) == 32 else {"name": topic}
        for topic in topics]
    body = {"topics": rows}
    if version >= 4:
        body["allow_auto_topic_creation"] = auto
    body.update(more.pop("extra", {}))
    return step(name, "metadata", version, body, **more)


def epochs(name, topic, epoch, version=4, partition=0, current=-1):
    return step(name, "offset_for_leader_epoch", version,
                {"replica_id": -1, "topics": [{"topic": topic, "partitions": [
                    {"partition": partition, "current_leader_epoch": current, "leader_epoch": epoch}]}]})


def describe(name, kind, resource, keys=None, version=4, synonyms=True, documentation=False, **more):
    return step(name, "describe_configs", version,
                {"resources": [{"resource_type": kind, "resource_name": resource,
                                "configuration_keys": keys}],
                 "include_synonyms": synonyms, "include_documentation": documentation}, **more)


def api_versions():
    software = {"client_software_name": "conformance", "client_software_version": "1.0"}
    return {
        "api_versions": [step(f"v{version}", "api_versions", version,
                              software if version >= 3 else {}, only=["error_code"])
                         for version in range(5)],
        "api_versions_newer": [step("v5", "api_versions", 5, software, encode_as=4, decode_as=0),
                               step("v99", "api_versions", 99, {}, body_hex="ff", decode_as=0),
                               step("again", "api_versions", 0, only=["error_code"])],
        "api_versions_negative": [step("v-1", "api_versions", -1, {}, encode_as=0, decode_as=0)],
        "api_versions_names": [
            step("empty name", "api_versions", 3, {"client_software_version": "1"}),
            step("space", "api_versions", 3, {**software, "client_software_name": "a b"}),
            step("dots and dashes", "api_versions", 4,
                 {"client_software_name": "a.b-c", "client_software_version": "1-2.3"}, only=["error_code"]),
            step("leading dash", "api_versions", 4, {**software, "client_software_name": "-a"}),
            step("trailing dot", "api_versions", 4, {**software, "client_software_version": "1."})],
    }


def closed():
    steps = {
        "unknown key": step("ask", "metadata", 0, key=999),
        "negative key": step("ask", "metadata", 0, key=-1),
        "removed key": step("ask", "metadata", 0, key=4),
        "controller key": step("ask", "vote", 0),
        "metadata too new": step("ask", "metadata", 14, encode_as=13),
        "produce 2": step("ask", "produce", 2, {}, body_hex="ffff000003e800000000", encode_as=3),
        "produce 0": step("ask", "produce", 0, {}, body_hex="ffff000003e800000000", encode_as=3),
        "produce too new": step("ask", "produce", 14, {"acks": 1}, encode_as=13),
        "fetch 3": step("ask", "fetch", 3, {}, encode_as=4),
        "fetch too new": step("ask", "fetch", 19, {}, encode_as=18),
        "list_offsets 0": step("ask", "list_offsets", 0, {"replica_id": -1}, encode_as=1),
        "create_topics 1": step("ask", "create_topics", 1, {}, encode_as=2),
        "delete_topics 0": step("ask", "delete_topics", 0, {}, encode_as=1),
        "describe_configs 0": step("ask", "describe_configs", 0, {}, encode_as=1),
        "offset_for_leader_epoch 1": step("ask", "offset_for_leader_epoch", 1, {}, encode_as=2),
        "init_producer_id 6": step("ask", "init_producer_id", 6, {"transaction_timeout_ms": 1}),
        "body cut short": step("ask", "metadata", 12, body_hex="02"),
        "bytes behind the body": step("ask", "metadata", 1, body_hex="0000000000"),
        "array longer than the frame": step("ask", "metadata", 1, body_hex="7fffffff"),
        "null where none may be": step("ask", "metadata", 0, body_hex="ffffffff"),
    }
    return {f"closed: {name}": [one] for name, one in steps.items()}


def topics():
    many = [{"name": "many@", "partitions": 3, "configs": [("retention.ms", "1000")]}]
    return {
        "create_topics": [
            create("one", [{"name": "one@"}], save={"one": "topics.0.topic_id"}),
            create("exists", [{"name": "one@"}]),
            create("collides", [{"name": "co.ll@"}, {"name": "co_ll@"}], version=6),
            create("collides later", [{"name": "co_ll@"}], version=6),
            create("with config", many, only_configs=["retention.ms"]),
            create("defaults", [{"name": "defaults@", "partitions": -1, "replicas": -1}],
                   only_configs=["retention.ms"]),
            create("validate only", [{"name": "tried@", "partitions": 2}], validate_only=True),
            create("not there after validate only", [{"name": "tried@"}], version=4),
            create("same name twice", [{"name": "twice@"}, {"name": "twice@"}]),
            create("zero partitions", [{"name": "zero@", "partitions": 0}]),
            create("negative partitions", [{"name": "zero@", "partitions": -2}]),
            create("zero replicas", [{"name": "zero@", "replicas": 0}]),
            create("too many replicas", [{"name": "zero@", "replicas": 2}]),
            create("empty name", [{"name": ""}]),
            create("dot", [{"name": "."}]),
            create("dot dot", [{"name": ".."}]),
            create("slash", [{"name": "../x"}]),
            create("space", [{"name": "a b"}]),
            create("250 characters", [{"name": "a" * 250}]),
            create("unknown config", [{"name": "bad@", "configs": [("no.such", "1")]}]),
            create("bad config value", [{"name": "bad@", "configs": [("retention.ms", "soon")]}]),
            create("config out of range", [{"name": "bad@", "configs": [("segment.bytes", "1")]}]),
            create("null config", [{"name": "bad@", "configs": [("retention.ms", None)]}]),
            create("repeated config", [{"name": "bad2@", "configs": [("retention.ms", "1"),
                                                                    ("retention.ms", "2")]}],
                   only_configs=["retention.ms"]),
            create("assignment", [{"name": "assigned@", "partitions": -1, "replicas": -1,
                                   "assignments": [(0, ["$node"]), (1, ["$node"])]}],
                   only_configs=["retention.ms"]),
            create("assignment and count", [{"name": "bad@", "partitions": 2, "replicas": -1,
                                             "assignments": [(0, ["$node"])]}]),
            create("assignment with a gap", [{"name": "bad@", "partitions": -1, "replicas": -1,
                                              "assignments": [(0, ["$node"]), (2, ["$node"])]}]),
            create("assignment to nobody", [{"name": "bad@", "partitions": -1, "replicas": -1,
                                             "assignments": [(0, [99])]}]),
            create("assignment empty", [{"name": "bad@", "partitions": -1, "replicas": -1,
                                         "assignments": [(0, [])]}]),
            create("assignment repeats", [{"name": "bad@", "partitions": -1, "replicas": -1,
                                           "assignments": [(0, ["$node", "$node"])]}]),
            create("none", []),
            create("version 2", [{"name": "v2@"}], version=2),
            create("version 3 defaults", [{"name": "v3@", "partitions": -1, "replicas": -1}], version=3),
            create("version 5", [{"name": "v5@"}], version=5, only_configs=["cleanup.policy"])],
        "delete_topics": [
            create("make", [{"name": f"d{n}@"} for n in range(8)], only_configs=[],
                   save={"d0": "topics.0.topic_id", "d1": "topics.1.topic_id"}),
            step("by name", "delete_topics", 5, {"topic_names": ["d2@"], "timeout_ms": 30000}),
            step("again", "delete_topics", 5, {"topic_names": ["d2@"], "timeout_ms": 30000}),
            step("version 1", "delete_topics", 1, {"topic_names": ["d3@", "nosuch@"], "timeout_ms": 30000}),
            step("by id", "delete_topics", 6, {"topics": [{"topic_id": "$d0"}], "timeout_ms": 30000}),
            step("by name v6", "delete_topics", 6, {"topics": [{"name": "d4@"}], "timeout_ms": 30000}),
            step("unknown id", "delete_topics", 6, {"topics": [{"topic_id": "00" * 15 + "99"}],
                                                    "timeout_ms": 30000}),
            step("neither", "delete_topics", 6, {"topics": [{}], "timeout_ms": 30000}),
            step("both", "delete_topics", 6, {"topics": [{"name": "d5@", "topic_id": "$d1"}],
                                              "timeout_ms": 30000}),
            step("name twice", "delete_topics", 5, {"topic_names": ["d6@", "d6@"], "timeout_ms": 30000}),
            step("id and name of one", "delete_topics", 6,
                 {"topics": [{"name": "d1@"}, {"topic_id": "$d1"}], "timeout_ms": 30000}),
            step("none", "delete_topics", 6, {"topics": [], "timeout_ms": 30000})],
    }


def metadata_scenarios():
    flags = {"include_topic_authorized_operations": True}
    return {
        "metadata": [
            create("make", [{"name": "m@", "partitions": 2}], only_configs=[],
                   save={"m": "topics.0.topic_id"}),
            *[metadata(f"one topic v{version}", ["m@"], version) for version in range(14)],
            *[metadata(f"no topics v{version}", [], version) for version in range(1, 14)],
            metadata("by id", ["$m"], 12),
            metadata("by unknown id", ["00" * 15 + "99"], 12),
            metadata("by id v10", ["$m"], 10, extra={"topics": [{"topic_id": "$m", "name": "x"}]}),
            metadata("by zero id", [], 12, extra={"topics": [{"topic_id": ZERO, "name": None}]}),
            metadata("null name v10", [], 10, extra={"topics": [{"topic_id": ZERO, "name": None}]}),
            metadata("id and name", [], 12, extra={"topics": [{"topic_id": "$m", "name": "m@"}]}),
            metadata("unknown topic, no creation", ["nosuch@"], 12),
            metadata("bad name", ["a b"], 12),
            metadata("bad name, creation", ["a/b"], 12, auto=True),
            metadata("empty name", [""], 9, auto=True),
            metadata("name twice", ["m@", "m@"], 9),
            metadata("operations", ["m@"], 9,
                     extra={**flags, "include_cluster_authorized_operations": True}),
            metadata("creation", ["auto@"], 12, auto=True),
            metadata("creation done", ["auto@"], 12, auto=False, retry=True),
            metadata("creation v0", ["auto0@"], 0),
            metadata("creation v0 done", ["auto0@"], 0, retry=True),
            metadata("creation v1", ["auto1@"], 1),
            metadata("creation v1 done", ["auto1@"], 1, retry=True)],
    }


def produce_scenarios():
    ok = [batch(2)]
    special = [{"name": "small@", "configs": [("max.message.bytes", "200")]},
               {"name": "stamped@", "configs": [("message.timestamp.type", "LogAppendTime")]},
               {"name": "isr@", "configs": [("min.insync.replicas", "2")]}]
    two_topics = {"acks": 1, "timeout_ms": 1000, "topic_data": [
        {"name": "p@", "partition_data": [{"index": 1, "records": ok}, {"index": 7, "records": ok}]},
        {"name": "nosuch@", "partition_data": [{"index": 0, "records": ok}]}]}
    repeated = {"acks": 1, "timeout_ms": 1000, "topic_data": [
        {"name": "p@", "partition_data": [{"index": 1, "records": ok}, {"index": 1, "records": ok}]}]}
    return {
        "produce": [
            create("make", [{"name": "p@", "partitions": 3}, *special], only_configs=[],
                   save={"p": "topics.0.topic_id"}),
            *[produce(f"v{version}", "p@", ok, version) for version in range(3, 13)],
            produce("v13", "$p", ok, 13),
            produce("acks 1", "p@", ok, acks=1),
            produce("acks 2", "p@", ok, acks=2),
            produce("acks -2", "p@", ok, acks=-2),
            produce("unknown topic", "nosuch@", ok),
            produce("unknown partition", "p@", ok, partition=3),
            produce("negative partition", "p@", ok, partition=-1),
            produce("bad name", "a b", ok),
            step("unknown id v13", "produce", 13, {"acks": 1, "timeout_ms": 1000, "topic_data": [
                {"topic_id": "00" * 15 + "99", "partition_data": [{"index": 0, "records": ok}]}]}),
            step("zero id v13", "produce", 13, {"acks": 1, "timeout_ms": 1000, "topic_data": [
                {"topic_id": ZERO, "partition_data": [{"index": 0, "records": ok}]}]}),
            step("two topics", "produce", 9, two_topics),
            step("no topics", "produce", 9, {"acks": 1, "timeout_ms": 1000}),
            step("negative timeout", "produce", 9, {**two_topics, "timeout_ms": -1}),
            produce("too large", "small@", [batch(records=[{"value": "x" * 300}])]),
            produce("stamped", "stamped@", ok, mask=["log_append_time_ms"]),
            produce("min.insync.replicas", "isr@", ok),
            produce("min.insync.replicas, acks 1", "isr@", ok, acks=1),
            produce("wrong crc", "p@", [batch(2, crc=1)]),
            produce("magic 1", "p@", [batch(2, magic=1)]),
            produce("magic 3", "p@", [batch(2, magic=3)]),
            produce("base offset", "p@", [batch(2, base_offset=5)]),
            produce("two batches", "p@", [batch(1), batch(1)]),
            produce("count", "p@", [batch(2, count=3)]),
            produce("control batch", "p@", [batch(1, attributes=0x20, producer_id=1, producer_epoch=0)]),
            produce("transactional, no id", "p@", [batch(1, attributes=0x10, producer_id=1,
                                                        producer_epoch=0, base_sequence=0)]),
            produce("zstd bit in v3", "p@", [batch(1, attributes=4)], 3),
            produce("last", "p@", ok)],
        "produce: compacted": [
            create("make", [{"name": "pc@", "configs": [("cleanup.policy", "compact")]}],
                   only_configs=[]),
            produce("without key", "pc@", [batch(records=[
                {"key": "a", "value": "1"}, {"key": None, "value": "2"}])], 8)],
        "produce: internal topic": [
            create("make", [{"name": "__transaction_state"}], only_configs=[], version=6),
            produce("ask", "__transaction_state", ok),
            step("delete", "delete_topics", 5, {"topic_names": ["__transaction_state"], "timeout_ms": 30000})],
        "produce: null records": [step("ask", "produce", 9, {"acks": 1, "timeout_ms": 1000, "topic_data": [
            {"name": "p@", "partition_data": [{"index": 0, "records": None}]}]})],
        "produce: empty records": [produce("ask", "p@", [])],
        "produce: partition twice": [step("ask", "produce", 9, repeated)],
        "produce: transactional id": [produce("ask", "p@", ok, transactional_id="tx@"),
                                      produce("no batch bit", "p@", [batch(1)], transactional_id="")],
        "produce: acks 0": [produce("good", "p@", ok, acks=0, partition=2, no_answer=True),
                            metadata("still open", [], 9),
                            fetch("arrived", "p@", partition=2, offset=0),
                            produce("bad", "nosuch@", ok, acks=0, no_answer=True),
                            metadata("closed", [], 9)],
        "produce: idempotent": [
            create("make", [{"name": "pi@"}], only_configs=[]),
            step("id", "init_producer_id", 4, {"transactional_id": None, "transaction_timeout_ms": 1000},
                 save={"pid": "producer_id"}, mask=["producer_id"], retry_errors=[14]),
            *[produce(name, "pi@", [batch(count, producer_id="$pid", producer_epoch=epoch,
                                          base_sequence=sequence)], 9)
              for name, count, epoch, sequence in [
                  ("first", 2, 0, 0), ("duplicate", 2, 0, 0), ("next", 1, 0, 2), ("gap", 1, 0, 9),
                  ("old duplicate", 2, 0, 0), ("new epoch, wrong sequence", 1, 1, 5),
                  ("new epoch", 1, 1, 0), ("old epoch", 1, 0, 3)]],
            produce("no sequence", "pi@", [batch(1, producer_id="$pid", producer_epoch=1,
                                                 base_sequence=-1)], 9)],
    }


def fetch_scenarios():
    three = [batch(2), ]
    forgotten = {"forgotten_topics_data": [{"topic": "f@", "partitions": [0]}]}
    two = {"topics": [
        {"topic": "f@", "partitions": [
            {"partition": 1, "fetch_offset": 0, "partition_max_bytes": 1 << 20},
            {"partition": 0, "fetch_offset": 0, "partition_max_bytes": 1 << 20}]},
        {"topic": "nosuch@", "partitions": [
            {"partition": 0, "fetch_offset": 0, "partition_max_bytes": 1 << 20}]}]}
    return {
        "fetch": [
            create("make", [{"name": "f@", "partitions": 2}], only_configs=[],
                   save={"f": "topics.0.topic_id"}),
            *[produce(f"fill {n}", "f@", three) for n in range(3)],
            produce("fill other", "f@", three, partition=1),
            *[fetch(f"v{version}", "f@", version=version) for version in range(4, 13)],
            *[fetch(f"v{version}", "$f", version=version) for version in range(13, 19)],
            fetch("middle of a batch", "f@", 3),
            fetch("end", "f@", 6),
            fetch("end, no wait", "f@", 6, max_wait_ms=0),
            fetch("beyond the end", "f@", 7),
            fetch("negative offset", "f@", -1),
            fetch("one byte of the partition", "f@", 0, partition_max_bytes=1),
            fetch("one byte of all", "f@", 0, max_bytes=1),
            fetch("zero bytes", "f@", 0, max_bytes=0, partition_max_bytes=0),
            fetch("negative limits", "f@", 0, max_bytes=-1, partition_max_bytes=-1),
            fetch("one byte, two partitions", "f@", max_bytes=1, extra=two),
            fetch("two partitions", "f@", extra=two),
            fetch("negative wait", "f@", 6, max_wait_ms=-1),
            fetch("unknown topic", "nosuch@"),
            fetch("unknown partition", "f@", partition=5),
            fetch("negative partition", "f@", partition=-1),
            fetch("zero id", ZERO, version=13),
            step("unknown id", "fetch", 13, {"max_wait_ms": 0, "min_bytes": 1, "topics": [
                {"topic_id": "00" * 15 + "99", "partitions": [
                    {"partition": 0, "fetch_offset": 0, "partition_max_bytes": 100}]}]}),
            fetch("read committed", "f@", isolation=1),
            fetch("isolation 2", "f@", isolation=2),
            fetch("epoch 0", "f@", epoch=0),
            fetch("epoch 1", "f@", epoch=1),
            fetch("epoch -2", "f@", epoch=-2),
            fetch("last epoch 0", "f@", last_epoch=0, offset=2),
            fetch("last epoch 0 beyond", "f@", last_epoch=0, offset=9),
            fetch("last epoch 5", "f@", last_epoch=5, offset=2),
            fetch("session wanted", "f@", session=(0, 0), only=["error_code"]),
            fetch("unknown session", "f@", session=(123, 1)),
            fetch("unknown session, epoch 0", "f@", session=(123, 0), only=["error_code"]),
            fetch("unknown session, epoch -1", "f@", session=(123, -1)),
            fetch("session 0, epoch 5", "f@", session=(0, 5)),
            fetch("forgotten", "f@", extra=forgotten),
            step("no topics", "fetch", 12, {"max_wait_ms": 0, "min_bytes": 1}),
            step("no topics, wait", "fetch", 12, {"max_wait_ms": 50, "min_bytes": 1})],
        "fetch: as replica": [
            fetch("v4", "f@", version=4, extra={"replica_id": 1}),
            fetch("v12", "f@", version=12, extra={"replica_id": 77}),
            fetch("v15", "$f", version=15, extra={"replica_state": {"replica_id": 77, "replica_epoch": 1}}),
            fetch("replica -2", "f@", version=12, extra={"replica_id": -2})],
    }


def offset_scenarios():
    stamped = [{"value": str(n), "timestamp": 1000 * n} for n in (1, 5, 3)]
    return {
        "list_offsets": [
            create("make", [{"name": "lo@", "partitions": 2}], only_configs=[]),
            produce("fill", "lo@", [batch(records=stamped)]),
            produce("fill more", "lo@", [batch(records=[{"value": "4", "timestamp": 9000}])]),
            *[list_offsets(f"latest v{version}", "lo@", LATEST, version) for version in range(1, 12)],
            list_offsets("earliest", "lo@", EARLIEST),
            list_offsets("max timestamp", "lo@", MAX_TIMESTAMP),
            list_offsets("max timestamp v6", "lo@", MAX_TIMESTAMP, 6),
            list_offsets("max timestamp of nothing", "lo@", MAX_TIMESTAMP, partition=1),
            list_offsets("earliest local", "lo@", EARLIEST_LOCAL, 8),
            list_offsets("earliest local v7", "lo@", EARLIEST_LOCAL, 7),
            list_offsets("last tiered", "lo@", LAST_TIERED, 9),
            list_offsets("last tiered v8", "lo@", LAST_TIERED, 8),
            list_offsets("pending upload", "lo@", PENDING_UPLOAD, 11),
            list_offsets("pending upload v10", "lo@", PENDING_UPLOAD, 10),
            list_offsets("timestamp -7", "lo@", -7, 11),
            *[list_offsets(f"at {timestamp}", "lo@", timestamp)
              for timestamp in (0, 1000, 1001, 3000, 5000, 5001, 9000, 9001)],
            list_offsets("of nothing", "lo@", 0, partition=1),
            list_offsets("latest of nothing", "lo@", LATEST, partition=1),
            list_offsets("earliest of nothing", "lo@", EARLIEST, partition=1),
            list_offsets("read committed", "lo@", LATEST, isolation=1),
            list_offsets("epoch 0", "lo@", LATEST, epoch=0),
            list_offsets("epoch 1", "lo@", LATEST, epoch=1),
            list_offsets("unknown partition", "lo@", LATEST, partition=9),
            list_offsets("unknown topic", "nosuch@", LATEST),
            step("partition twice", "list_offsets", 7, {"replica_id": -1, "topics": [
                {"name": "lo@", "partitions": [{"partition_index": 0, "timestamp": -1},
                                               {"partition_index": 0, "timestamp": -2}]}]}),
            step("as replica", "list_offsets", 7, {"replica_id": 5, "topics": [
                {"name": "lo@", "partitions": [{"partition_index": 0, "timestamp": -1}]}]})],
        "offset_for_leader_epoch": [
            *[epochs(f"epoch 0 v{version}", "lo@", 0, version) for version in range(2, 5)],
            epochs("epoch 5", "lo@", 5),
            epochs("epoch -1", "lo@", -1),
            epochs("current 0", "lo@", 0, current=0),
            epochs("current 1", "lo@", 0, current=1),
            epochs("empty partition", "lo@", 0, partition=1),
            epochs("unknown partition", "lo@", 0, partition=9),
            epochs("unknown topic", "nosuch@", 0)],
    }


def producer_scenarios():
    def ask(name, version, body, **more):
        return step(name, "init_producer_id", version,
                    {"transactional_id": None, "transaction_timeout_ms": 1000, **body}, **more)
    return {
        "init_producer_id": [
            *[ask(f"v{version}", version, {}, mask=["producer_id"]) for version in range(6)],
            ask("bump", 4, {"producer_id": 5, "producer_epoch": 3}, mask=["producer_id"]),
            ask("id without epoch", 4, {"producer_id": 5}),
            ask("epoch without id", 4, {"producer_epoch": 5}),
            ask("negative timeout", 4, {"transaction_timeout_ms": -1}, mask=["producer_id"]),
            ask("empty transactional id", 4, {"transactional_id": ""}),
            ask("transactional id", 4, {"transactional_id": "tx@"}, mask=["producer_id"], retry_errors=[14, 15, 16, 51])],
        "find_coordinator": [
            *[step(f"group v{version}", "find_coordinator", version, {"key": "g"} if version < 4 else
                   {"coordinator_keys": ["g", "h"]}, retry=True) for version in range(7)],
            step("transaction v1", "find_coordinator", 1, {"key": "t", "key_type": 1}, retry_kafka=True),
            step("share v6", "find_coordinator", 6, {"coordinator_keys": ["g:AAAAAAAAAAAAAAAAAAAAAQ:0"],
                                                     "key_type": 2}),
            step("share v5", "find_coordinator", 5, {"coordinator_keys": ["g"], "key_type": 2}),
            step("type 9", "find_coordinator", 4, {"coordinator_keys": ["g"], "key_type": 9}),
            step("empty group", "find_coordinator", 4, {"coordinator_keys": [""]}),
            step("no keys", "find_coordinator", 4, {"coordinator_keys": []})],
    }


def config_scenarios():
    few = ["retention.ms", "segment.ms", "max.message.bytes", "segment.bytes", "compression.type"]
    return {
        "describe_configs": [
            create("make", [{"name": "dc@", "configs": [("retention.ms", "1000"),
                                                       ("segment.ms", "60000")]}], only_configs=[]),
            *[describe(f"some v{version}", 2, "dc@", few, version) for version in range(1, 5)],
            describe("all names", 2, "dc@", None, names_only=True),
            describe("no synonyms", 2, "dc@", few, synonyms=False),
            describe("no keys", 2, "dc@", []),
            describe("unknown key", 2, "dc@", ["no.such"]),
            describe("unknown topic", 2, "nosuch@"),
            describe("bad topic name", 2, "a b"),
            describe("empty topic name", 2, ""),
            describe("broker, no name", 4, "", ["broker.id", "log.retention.ms"]),
            describe("other broker", 4, "99"),
            describe("broker name is no number", 4, "x"),
            describe("broker logger", 8, "$node_name", only=["results.error_code"]),
            describe("other broker logger", 8, "99"),
            describe("type 0", 0, "x"),
            describe("type 99", 99, "x"),
            describe("group", 32, "g", only=["results.error_code"]),
            describe("client metrics", 16, "c", only=["results.error_code"]),
            step("twice", "describe_configs", 4, {"resources": [
                {"resource_type": 2, "resource_name": "dc@", "configuration_keys": ["retention.ms"]},
                {"resource_type": 2, "resource_name": "dc@", "configuration_keys": ["segment.ms"]}]}),
            step("none", "describe_configs", 4, {"resources": []})],
        "describe_cluster": [
            *[step(f"v{version}", "describe_cluster", version) for version in range(3)],
            step("operations", "describe_cluster", 1, {"include_cluster_authorized_operations": True}),
            step("controllers", "describe_cluster", 1, {"endpoint_type": 2}),
            step("endpoint type 9", "describe_cluster", 1, {"endpoint_type": 9}),
            step("fenced", "describe_cluster", 2, {"include_fenced_brokers": True})],
    }


def all_scenarios():
    scenarios = {}
    for part in (api_versions, closed, topics, metadata_scenarios, produce_scenarios, fetch_scenarios,
                 offset_scenarios, producer_scenarios, config_scenarios):
        scenarios.update(part())
    return scenarios
