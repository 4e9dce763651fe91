"""The administrative APIs, in every version, asked rightly and in each way that goes wrong."""

VERSIONS = {"create_partitions": (0, 3), "delete_records": (0, 2), "describe_log_dirs": (1, 5),
            "describe_topic_partitions": (0, 0), "describe_producers": (0, 0), "elect_leaders": (0, 2),
            "alter_partition_reassignments": (0, 1), "list_partition_reassignments": (0, 0),
            "alter_replica_log_dirs": (1, 2), "describe_quorum": (0, 2), "list_config_resources": (0, 1),
            "unregister_broker": (0, 0), "update_features": (0, 2), "describe_acls": (1, 3),
            "create_acls": (1, 3), "delete_acls": (1, 3), "create_delegation_token": (1, 3),
            "renew_delegation_token": (1, 2), "expire_delegation_token": (1, 2),
            "describe_delegation_token": (1, 3), "describe_user_scram_credentials": (0, 0),
            "alter_user_scram_credentials": (0, 0), "describe_client_quotas": (0, 1),
            "alter_client_quotas": (0, 1)}
FLEXIBLE = {"create_partitions": 2, "delete_records": 2, "describe_log_dirs": 2,
            "describe_topic_partitions": 0, "describe_producers": 0, "elect_leaders": 2,
            "alter_partition_reassignments": 0, "list_partition_reassignments": 0,
            "alter_replica_log_dirs": 2, "describe_quorum": 0, "list_config_resources": 0,
            "unregister_broker": 0, "update_features": 0, "describe_acls": 2, "create_acls": 2,
            "delete_acls": 2, "create_delegation_token": 2, "renew_delegation_token": 2,
            "expire_delegation_token": 2, "describe_delegation_token": 2,
            "describe_user_scram_credentials": 0, "alter_user_scram_credentials": 0,
            "describe_client_quotas": 1, "alter_client_quotas": 1}
MASKED = {"describe_log_dirs": ["log_dir", "total_bytes", "usable_bytes", "partition_size"],
          "describe_topic_partitions": ["topic_id"],
          "describe_quorum": ["high_watermark", "log_end_offset", "last_fetch_timestamp",
                              "last_caught_up_timestamp", "leader_epoch", "listeners"]}
ACL = {"resource_type_filter": 1, "resource_name_filter": None, "pattern_type_filter": 1,
       "principal_filter": None, "host_filter": None, "operation": 1, "permission_type": 1}
BAD_NAMES = [("unknown topic", "nosuch@"), ("empty name", ""), ("bad name", "a b"), ("name of 250", "a" * 250)]
# One right request of each, for what may be wrong with its bytes.
VALID = {"create_partitions": {"topics": [], "timeout_ms": 10000},
         "delete_records": {"topics": [], "timeout_ms": 10000}, "describe_log_dirs": {"topics": []},
         "describe_topic_partitions": {"topics": [{"name": "nosuch@"}], "response_partition_limit": 1},
         "describe_producers": {"topics": []},
         "elect_leaders": {"election_type": 0, "topic_partitions": [], "timeout_ms": 1000},
         "alter_partition_reassignments": {"topics": [], "timeout_ms": 1000},
         "list_partition_reassignments": {"topics": None, "timeout_ms": 1000},
         "alter_replica_log_dirs": {"dirs": []}, "describe_quorum": {"topics": []},
         "list_config_resources": {"resource_types": [16]}, "unregister_broker": {"broker_id": 99},
         "update_features": {"feature_updates": [], "timeout_ms": 1000, "validate_only": True},
         "describe_acls": ACL, "create_acls": {"creations": []}, "delete_acls": {"filters": []},
         "create_delegation_token": {"renewers": [], "max_lifetime_ms": -1},
         "renew_delegation_token": {"hmac": "00", "renew_period_ms": 1},
         "expire_delegation_token": {"hmac": "00", "expiry_time_period_ms": 1},
         "describe_delegation_token": {"owners": None},
         "describe_user_scram_credentials": {"users": []},
         "alter_user_scram_credentials": {"deletions": [], "upsertions": []},
         "describe_client_quotas": {"components": [], "strict": False},
         "alter_client_quotas": {"entries": [], "validate_only": True}}


def create_partitions(cases):
    def one(name, topic="x@", count=3, assignments=None, **more):
        cases.add(name, {"topics": [{"name": topic, "count": count, "assignments": assignments}], **more})
    cases.common["validate_only"] = True
    one("valid")
    for count in (1, 0, -1):
        one(f"count {count}", count=count)
    for name, topic in BAD_NAMES:
        one(name, topic)
    for name, lists in [("too few assignments", [[1]]), ("too many", [[1]] * 3), ("none", []),
                        ("unknown broker", [[1], [7]]), ("empty list", [[1], []]), ("broker twice", [[1], [1, 1]]),
                        ("assignments", [[1], [1]])]:
        one(name, assignments=[{"broker_ids": one_list} for one_list in lists])
    row = {"name": "x@", "count": 3, "assignments": None}
    cases.add("topic twice", {"topics": [row, row]})
    cases.add("known and unknown", {"topics": [row, {**row, "name": "nosuch@"}]})
    cases.add("no topics", {"topics": []})
    cases.add("null topics", {"topics": None})


def delete_records(cases):
    def one(name, topic="y@", index=0, to=0):
        cases.add(name, {"topics": [{"name": topic, "partitions": [{"partition_index": index, "offset": to}]}]})
    for to in (0, -1, -2, 1, 0x7FFFFFFFFFFFFFFF):
        one(f"offset {to}", to=to)
    for index in (99, -1):
        one(f"partition {index}", index=index)
    for name, topic in BAD_NAMES:
        one(name, topic)
    cases.add("no partitions", {"topics": [{"name": "y@", "partitions": []}]})
    cases.add("none", {"topics": []})
    cases.add("null", {"topics": None})


def describe_log_dirs(cases):
    for name, topic in [("valid", "x@"), *BAD_NAMES]:
        cases.add(name, {"topics": [{"topic": topic, "partitions": [0]}]})
    cases.add("partition 99", {"topics": [{"topic": "x@", "partitions": [99]}]})
    cases.add("none", {"topics": []})


def describe_topic_partitions(cases):
    for name, topic in [("valid", "x@"), *BAD_NAMES]:
        cases.add(name, {"topics": [{"name": topic}]})
    cases.add("two", {"topics": [{"name": "y@"}, {"name": "x@"}]})
    cases.add("twice", {"topics": [{"name": "x@"}, {"name": "x@"}]})
    for limit in (1, 0, -1):
        cases.add(f"limit {limit}", {"topics": [{"name": "x@"}, {"name": "y@"}], "response_partition_limit": limit})
    for index in (0, 1, 99, -1):
        cases.add(f"cursor at {index}", {"topics": [{"name": "x@"}, {"name": "y@"}],
                                         "cursor": {"topic_name": "x@", "partition_index": index}})
    cases.add("cursor at a missing topic", {"topics": [{"name": "x@"}],
                                            "cursor": {"topic_name": "nosuch@", "partition_index": 0}})
    cases.add("null", {"topics": None})


def describe_producers(cases):
    for name, topic in [("valid", "y@"), *BAD_NAMES]:
        cases.add(name, {"topics": [{"name": topic, "partition_indexes": [0]}]})
    cases.add("partitions", {"topics": [{"name": "y@", "partition_indexes": [0, 99, -1]}]})
    cases.add("none", {"topics": []})


def elect_leaders(cases):
    for kind in (0, 1):
        cases.add(f"type {kind}", {"election_type": kind, "topic_partitions": [{"topic": "x@", "partitions": [0]}]}, 1)
    cases.add("valid", {"topic_partitions": [{"topic": "x@", "partitions": [0, 99]}]})
    for name, topic in BAD_NAMES:
        cases.add(name, {"topic_partitions": [{"topic": topic, "partitions": [0]}]})
    cases.add("none", {"topic_partitions": []})


def alter_partition_reassignments(cases):
    def one(name, replicas, topic="x@", index=0):
        cases.add(name, {"topics": [{"name": topic, "partitions": [
            {"partition_index": index, "replicas": replicas}]}]})
    for name, replicas in [("the same", [1]), ("cancel", None), ("empty", []), ("unknown broker", [7]),
                           ("broker twice", [1, 1]), ("negative broker", [-1])]:
        one(name, replicas)
    one("partition 99", [1], index=99)
    for name, topic in BAD_NAMES:
        one(name, [1], topic)
    cases.add("none", {"topics": []})


def list_partition_reassignments(cases):
    cases.add("all", {"topics": None})
    cases.add("some", {"topics": [{"name": "x@", "partition_indexes": [0, 99]},
                                  {"name": "nosuch@", "partition_indexes": [0]}]})
    cases.add("none", {"topics": []})


def alter_replica_log_dirs(cases):
    for name, topic in [("known topic", "x@"), *BAD_NAMES]:
        cases.add(f"other directory, {name}", {"dirs": [{"path": "/nosuch", "topics": [
            {"name": topic, "partitions": [0]}]}]})
    cases.add("none", {"dirs": []})


def describe_quorum(cases):
    def one(name, topic, index):
        cases.add(name, {"topics": [{"topic_name": topic, "partitions": [{"partition_index": index}]}]})
    one("valid", "__cluster_metadata", 0)
    one("partition 1", "__cluster_metadata", 1)
    one("other topic", "x@", 0)


def list_config_resources(cases):
    for types in ([16], [32], [4], [77], [4, 77], [0], [-1]):
        cases.add(f"types {types}", {"resource_types": types}, 1)
    cases.add("client metrics", {}, 0, 0)


def unregister_broker(cases):
    for broker in (99, -1):
        cases.add(f"broker {broker}", {"broker_id": broker})


def update_features(cases):
    cases.add("none", {"feature_updates": []})
    cases.add("unknown", {"feature_updates": [{"feature": "nosuch", "max_version_level": 1}]})
    cases.add("level out of range", {"feature_updates": [{"feature": "metadata.version", "max_version_level": 9999}]})


def describe_acls(cases):
    cases.add("all", ACL)
    cases.add("of a topic", {**ACL, "resource_type_filter": 2, "resource_name_filter": "x"})


def create_acls(cases):
    row = {"resource_type": 2, "resource_name": "x", "principal": "User:x", "host": "*", "operation": 3,
           "permission_type": 3}
    cases.add("two", {"creations": [row, row]})
    cases.add("none", {"creations": []})


def delete_acls(cases):
    cases.add("two", {"filters": [ACL, ACL]})
    cases.add("none", {"filters": []})


def describe_delegation_token(cases):
    cases.add("all", {"owners": None})
    cases.add("none", {"owners": []})


def describe_user_scram_credentials(cases):
    cases.add("all", {"users": None})
    cases.add("unknown", {"users": [{"name": "x"}]})


def alter_user_scram_credentials(cases):
    cases.add("delete unknown", {"deletions": [{"name": "x", "mechanism": 1}], "upsertions": []})


def quota_entry(entity, *values):
    """Values: key and number, or key and None to remove it."""
    return {"entity": [{"entity_type": kind, "entity_name": name} for kind, name in entity],
            "ops": [{"key": key, "value": value or 0.0, "remove": value is None} for key, value in values]}


def alter_client_quotas(cases):
    rate = ("producer_byte_rate", 1000.0)
    client = [("client-id", "q@")]

    def one(name, entity, *values):
        cases.add(name, {"entries": [quota_entry(entity, *values)], "validate_only": True})
    for name, entity in [("client", client), ("default client", [("client-id", None)]), ("user", [("user", "u@")]),
                         ("user and client", [("user", None), ("client-id", "q@")]), ("nobody", []),
                         ("unknown type", [("foo", "q@")]),
                         ("empty name", [("client-id", "")]), ("empty type", [("", "q@")]),
                         ("ip and client", [("ip", "10.0.0.1"), ("client-id", "q@")]), ("ip", [("ip", "10.0.0.1")])]:
        one(name, entity, rate)
    for key, value in [("consumer_byte_rate", 5.0), ("request_percentage", 0.5), ("controller_mutation_rate", 0.25),
                       ("connection_creation_rate", 5.0), ("nosuch", 5.0), ("nosuch", None), ("producer_byte_rate", None),
                       ("producer_byte_rate", -1.0), ("producer_byte_rate", 0.5), ("producer_byte_rate", 1e30),
                       ("request_percentage", -1.0)]:
        one(f"{key} {value}", client, (key, value))
    for value in (5.0, 0.5, -1.0):
        one(f"rate of an ip {value}", [("ip", "10.0.0.1")], ("connection_creation_rate", value))
    one("rate of each other ip", [("ip", None)], ("connection_creation_rate", 5.0))
    one("ip that is none", [("ip", "no such host")], ("connection_creation_rate", 5.0))
    one("no values", client)
    one("key twice", client, rate, rate)
    cases.add("entity twice", {"entries": [quota_entry(client, rate)] * 2, "validate_only": True})
    cases.add("none", {"entries": [], "validate_only": True})
    for name, value in [("set", 1000.0), ("set again", 2000.0), ("remove", None), ("remove again", None)]:
        cases.add(name, {"entries": [quota_entry(client, ("producer_byte_rate", value))], "validate_only": False})


def describe_client_quotas(cases):
    def one(name, *components, strict=False):
        cases.add(name, {"components": [{"entity_type": kind, "match_type": how, "match": text}
                                        for kind, how, text in components], "strict": strict})
    for strict in (False, True):
        one(f"all, strict {strict}", strict=strict)
        one(f"a client, strict {strict}", ("client-id", 0, "q@"), strict=strict)
    one("exact without a name", ("user", 0, None))
    one("default with a name", ("user", 1, "u"))
    one("any with a name", ("user", 2, "u"))
    one("unknown match", ("user", 7, None))
    one("negative match", ("user", -1, None))
    one("empty type", ("", 2, None))
    one("unknown type", ("foo", 2, None))
    one("type twice", ("user", 1, None), ("user", 2, None))
    one("ip and user", ("ip", 2, None), ("user", 2, None))
    one("ip", ("ip", 2, None))


def only_valid(cases):
    cases.add("valid", VALID[cases.api])


def makers(cases_class):
    """A function for each API that makes its cases."""
    common = {"create_partitions": {"timeout_ms": 10000}, "delete_records": {"timeout_ms": 10000},
              "elect_leaders": {"timeout_ms": 1000}, "alter_partition_reassignments": {"timeout_ms": 1000},
              "describe_topic_partitions": {"response_partition_limit": 2000},
              "update_features": {"timeout_ms": 1000, "validate_only": True}}

    def maker_of(api):
        def make():
            cases = cases_class(api, dict(common.get(api, {})))
            globals().get(api, only_valid)(cases)
            return cases
        return make
    return [maker_of(api) for api in VERSIONS]
