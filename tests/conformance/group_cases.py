"""The cases of matrix.py about groups: see there. `cases` is its class Cases."""

ZERO = "00" * 16
UNKNOWN_ID = "00" * 15 + "99"
INT32_MAX = 0x7FFFFFFF

VERSIONS = {"offset_commit": (2, 10), "offset_fetch": (1, 10), "join_group": (0, 9), "heartbeat": (0, 4),
            "leave_group": (0, 5), "sync_group": (0, 5), "describe_groups": (0, 6), "list_groups": (0, 5),
            "delete_groups": (0, 2), "offset_delete": (0, 0), "consumer_group_heartbeat": (0, 1),
            "consumer_group_describe": (0, 1)}
FLEXIBLE = {"offset_commit": 8, "offset_fetch": 6, "join_group": 6, "heartbeat": 4, "leave_group": 4,
            "sync_group": 4, "describe_groups": 5, "list_groups": 3, "delete_groups": 2, "offset_delete": 99,
            "consumer_group_heartbeat": 0, "consumer_group_describe": 0}
# Ids that the coordinator makes up.
MASKED = {"join_group": ["member_id", "leader"], "consumer_group_heartbeat": ["member_id"]}
# What else there is of groups depends on what was asked before.
ONLY = {"list_groups": ["error_code"]}
PROTOCOLS = [{"name": "range", "metadata": "00"}]
JOIN = {"group_id": "j#@", "session_timeout_ms": 10000, "rebalance_timeout_ms": 1000, "member_id": "",
        "protocol_type": "consumer", "protocols": PROTOCOLS}
BEAT = {"group_id": "k#@", "member_id": "m", "member_epoch": 0, "rebalance_timeout_ms": 1000,
        "subscribed_topic_names": ["x@"], "topic_partitions": []}
VALID = {"offset_commit": {"group_id": "f@", "generation_id_or_member_epoch": -1, "member_id": "", "topics": []},
         "offset_fetch": {"group_id": "nobody", "topics": [], "groups": []},
         "join_group": {**JOIN, "session_timeout_ms": 1},
         "heartbeat": {"group_id": "nobody", "member_id": "m"},
         "leave_group": {"group_id": "nobody", "member_id": "m", "members": []},
         "sync_group": {"group_id": "nobody", "member_id": "m", "protocol_type": "a", "protocol_name": "b"},
         "describe_groups": {"groups": []}, "list_groups": {}, "delete_groups": {"groups_names": []},
         "offset_delete": {"group_id": "nobody", "topics": []},
         "consumer_group_heartbeat": {**BEAT, "member_epoch": 5},
         "consumer_group_describe": {"group_ids": []}}


def commit_rows(rows, by_id):
    made = []
    for topic, partitions in rows:
        named = {"topic_id": {"x@": "$x", "y@": "$y"}.get(topic, UNKNOWN_ID)} if by_id else {"name": topic}
        made.append({**named, "partitions": [{"partition_index": 0, "committed_offset": 7,
                                              "committed_metadata": "", **one} for one in partitions]})
    return made


def offset_commit(cases):
    made = cases("offset_commit", {"group_id": "c#@", "generation_id_or_member_epoch": -1, "member_id": ""})

    def add(name, rows, **body):
        for by_id, first, last in ((False, 2, 9), (True, 10, 10)):
            made.add(name, {"topics": commit_rows(rows, by_id), **body}, first, last)

    add("valid", [("x@", [{}])])
    add("no topics", [])
    add("no partitions", [("x@", [])])
    add("unknown topic", [("nosuch@", [{}])])
    add("known and unknown", [("x@", [{}]), ("nosuch@", [{}])])
    add("partition 99", [("x@", [{"partition_index": 99}])])
    add("partition -1", [("x@", [{"partition_index": -1}])])
    add("a topic twice", [("x@", [{}]), ("x@", [{"committed_offset": 9}])])
    for offset in (0, -1, -2, 2**63 - 1):
        add(f"offset {offset}", [("x@", [{"committed_offset": offset}])])
    for name, text in (("null", None), ("of 4096", "m" * 4096), ("of 4097", "m" * 4097)):
        add(f"metadata {name}", [("x@", [{"committed_metadata": text}])])
    add("a good row and one of 4097", [("x@", [{}]), ("y@", [{"committed_metadata": "m" * 4097}])])
    add("generation of no group", [("x@", [{}])], group_id="nobody", generation_id_or_member_epoch=1)
    add("generation of an empty group", [("x@", [{}])], group_id="e@", generation_id_or_member_epoch=1)
    add("member without generation", [("x@", [{}])], group_id="e@", member_id="m")
    add("member and generation", [("x@", [{}])], group_id="e@", member_id="m", generation_id_or_member_epoch=0)
    add("empty group id", [("x@", [{}])], group_id="")
    made.add("instance", {"topics": commit_rows([("x@", [{}])], False), "group_instance_id": "i"}, 7, 9)
    made.add("zero id", {"topics": [{"topic_id": ZERO, "partitions": []}]}, 10)
    made.add("retention", {"topics": commit_rows([("x@", [{}])], False), "retention_time_ms": 1000}, 2, 4)
    return made


def offset_fetch(cases):
    made = cases("offset_fetch", {})

    def add(name, group, topics, **body):
        rows = None if topics is None else [
            {"name": topic, "partition_indexes": partitions} for topic, partitions in topics]
        by_id = None if topics is None else [
            {"topic_id": {"x@": "$x", "y@": "$y"}.get(topic, UNKNOWN_ID), "partition_indexes": partitions}
            for topic, partitions in topics]
        made.add(name, {"group_id": group, "topics": rows, **body}, 1 if topics is not None else 2, 7)
        made.add(name, {"groups": [{"group_id": group, "topics": rows}], **body}, 8, 9)
        made.add(name, {"groups": [{"group_id": group, "topics": by_id}], **body}, 10)

    add("valid", "g@", [("x@", [0])])
    add("everything", "g@", None)
    add("everything of nobody", "nobody", None)
    add("no topics", "g@", [])
    add("no partitions", "g@", [("x@", [])])
    add("unknown group", "nobody", [("x@", [0])])
    add("unknown topic", "g@", [("nosuch@", [0])])
    add("partitions 99 and -1", "g@", [("x@", [99, -1])])
    add("a partition twice", "g@", [("x@", [0, 0])])
    add("empty group id", "", [("y@", [0])])
    made.add("stable", {"group_id": "g@", "topics": [{"name": "x@", "partition_indexes": [0]}],
                        "require_stable": True}, 7, 7)
    made.add("two groups", {"groups": [{"group_id": "g@", "topics": None}, {"group_id": "nobody", "topics": None}]},
             8)
    made.add("a group twice", {"groups": [{"group_id": "g@", "topics": None}, {"group_id": "g@", "topics": None}]}, 8)
    made.add("no groups", {"groups": []}, 8)
    made.add("a member", {"groups": [{"group_id": "g@", "topics": None, "member_id": "m", "member_epoch": 1}]}, 9)
    made.add("a member of nobody",
             {"groups": [{"group_id": "nobody", "topics": None, "member_id": "m", "member_epoch": 1}]}, 9)
    return made


def join_group(cases):
    made = cases("join_group", JOIN)
    made.add("valid")
    made.add("empty group id", {"group_id": ""})
    for timeout in (0, -1, 5999, 1800001, INT32_MAX):
        made.add(f"session timeout {timeout}", {"session_timeout_ms": timeout})
    made.add("unknown member of no group", {"group_id": "nobody", "member_id": "m"})
    made.add("unknown member of an empty group", {"group_id": "g@", "member_id": "m"})
    made.add("no protocols", {"group_id": "p#@", "protocols": []})
    made.add("empty protocol type", {"group_id": "p#@", "protocol_type": ""})
    made.add("unknown member with instance", {"group_id": "g@", "member_id": "m", "group_instance_id": "i"}, 5)
    made.add("new static member", {"group_id": "s#@", "group_instance_id": "i"}, 5)
    return made


def heartbeat(cases):
    made = cases("heartbeat", {"group_id": "g@", "generation_id": 0, "member_id": "m"})
    made.add("unknown member")
    made.add("unknown group", {"group_id": "nobody"})
    made.add("empty group id", {"group_id": ""})
    made.add("empty member id", {"member_id": ""})
    made.add("instance", {"group_instance_id": "i"}, 3)
    return made


def leave_group(cases):
    made = cases("leave_group", {"group_id": "g@"})
    for name, group in (("unknown member", "g@"), ("unknown group", "nobody"), ("empty group id", "")):
        made.add(name, {"group_id": group, "member_id": "m"}, 0, 2)
        made.add(name, {"group_id": group, "members": [{"member_id": "m", "group_instance_id": None}]}, 3)
    made.add("no members", {"members": []}, 3)
    made.add("no members of nobody", {"group_id": "nobody", "members": []}, 3)
    made.add("by instance", {"members": [{"member_id": "", "group_instance_id": "i"},
                                         {"member_id": "m", "group_instance_id": "i"},
                                         {"member_id": "", "group_instance_id": None}]}, 3)
    return made


def sync_group(cases):
    made = cases("sync_group", {"group_id": "g@", "generation_id": 0, "member_id": "m", "protocol_type": "consumer",
                                "protocol_name": "range"})
    made.add("unknown member")
    made.add("unknown group", {"group_id": "nobody"})
    made.add("empty group id", {"group_id": ""})
    made.add("no protocol", {"protocol_name": None}, 5)
    made.add("no protocol type", {"protocol_type": None}, 5)
    made.add("instance", {"group_instance_id": "i"}, 3)
    return made


def describe_groups(cases):
    made = cases("describe_groups", {})
    made.add("valid", {"groups": ["g@"]})
    made.add("unknown", {"groups": ["nobody"]})
    made.add("both", {"groups": ["g@", "nobody"]})
    made.add("none", {"groups": []})
    made.add("empty id", {"groups": [""]})
    made.add("operations", {"groups": ["g@"], "include_authorized_operations": True}, 3)
    made.add("operations of nobody", {"groups": ["nobody"], "include_authorized_operations": True}, 3)
    return made


def list_groups(cases):
    made = cases("list_groups", {})
    made.add("valid")
    whole = {"only": ["error_code", "groups"]}
    made.add("states without groups", {"states_filter": ["Dead", "Nonsense"]}, 4, **whole)
    made.add("types without groups", {"types_filter": ["nonsense"]}, 5, **whole)
    return made


def delete_groups(cases):
    made = cases("delete_groups", {})
    made.add("unknown", {"groups_names": ["nobody"]})
    made.add("two unknown", {"groups_names": ["nobody", "noone"]})
    made.add("none", {"groups_names": []})
    made.add("empty id", {"groups_names": ["never@"]})
    made.add("valid", {"groups_names": ["d#@"]})
    return made


def offset_delete(cases):
    made = cases("offset_delete", {"group_id": "g@"})

    def row(topic, *partitions):
        return {"name": topic, "partitions": [{"partition_index": each} for each in partitions]}

    made.add("unknown group", {"group_id": "nobody", "topics": [row("x@", 0)]})
    made.add("empty group id", {"group_id": "", "topics": [row("x@", 0)]})
    made.add("no topics", {"topics": []})
    made.add("unknown topic", {"topics": [row("nosuch@", 0)]})
    made.add("unknown partition", {"topics": [row("x@", 99)]})
    made.add("not committed", {"topics": [row("y@", 0)]})
    return made


def consumer_group_heartbeat(cases):
    made = cases("consumer_group_heartbeat", BEAT)
    made.add("valid")
    made.add("empty group id", {"group_id": ""})
    made.add("empty member id", {"group_id": "n#@", "member_id": ""})
    made.add("unknown group", {"group_id": "nobody", "member_epoch": 1})
    for epoch in (-1, -2, -3):
        made.add(f"epoch {epoch} of nobody", {"group_id": "nobody", "member_epoch": epoch})
    made.add("no rebalance timeout", {"rebalance_timeout_ms": -1})
    made.add("no partitions", {"topic_partitions": None})
    made.add("partitions", {"topic_partitions": [{"topic_id": "$x", "partitions": [0]}]})
    made.add("no topics", {"subscribed_topic_names": None})
    made.add("unknown assignor", {"server_assignor": "nonsense"})
    made.add("empty instance", {"instance_id": ""})
    made.add("empty rack", {"rack_id": ""})
    made.add("malformed expression", {"subscribed_topic_names": None, "subscribed_topic_regex": "["}, 1)
    made.add("future epoch", {"member_epoch": 99})
    made.add("unknown member", {"member_id": "other", "member_epoch": 1})
    made.add("static pause without instance", {"member_epoch": -2})
    made.add("leaves", {"member_epoch": -1})
    made.add("left", {"member_epoch": -1})
    return made


def consumer_group_describe(cases):
    made = cases("consumer_group_describe", {})
    made.add("unknown", {"group_ids": ["nobody"]})
    made.add("classic", {"group_ids": ["g@"]})
    made.add("none", {"group_ids": []})
    return made


MAKERS = (offset_commit, offset_fetch, join_group, heartbeat, leave_group, sync_group, describe_groups, list_groups,
          delete_groups, offset_delete, consumer_group_heartbeat, consumer_group_describe)
