#pragma once

#include <cstdint>
#include <limits>

#include "server/config/setting.hpp"

namespace tidemill::server::config {

/// [groups], a part of the table of all settings.
inline constexpr setting group_settings[] = {
    {.section = "groups",
     .key = "session_timeout_min",
     .type = kind::duration,
     .built_in = "6s",
     .doc = "Shortest session a member may ask for (Kafka: group.min.session.timeout.ms).",
     .least = 1,
     .most = 3'600'000,
     .at = [](configuration& all, std::size_t) -> slot { return &all.groups.session_timeout_min; }},
    {.section = "groups",
     .key = "session_timeout_max",
     .type = kind::duration,
     .built_in = "30m",
     .doc = "Longest session (Kafka: group.max.session.timeout.ms).",
     .least = 1,
     .most = 86'400'000,
     .at = [](configuration& all, std::size_t) -> slot { return &all.groups.session_timeout_max; }},
    {.section = "groups",
     .key = "initial_rebalance_delay",
     .type = kind::duration,
     .built_in = "3s",
     .doc = "How long the first members of a group wait for more (Kafka: "
            "group.initial.rebalance.delay.ms).",
     .least = 0,
     .most = 3'600'000,
     .at = [](configuration& all, std::size_t) -> slot {
       return &all.groups.initial_rebalance_delay;
     }},
    {.section = "groups",
     .key = "rebalances_per_minute_max",
     .type = kind::integer,
     .built_in = "60",
     .doc = "Rebalances of one group of the classic protocol; more of them wait. 0: no limit.",
     .least = 0,
     .most = 60'000,
     .at = [](configuration& all, std::size_t) -> slot {
       return &all.groups.rebalances_per_minute_max;
     }},
    {.section = "groups",
     .key = "group_size_max",
     .type = kind::integer,
     .built_in = "10000",
     .doc = "Members of one group (Kafka: group.max.size).",
     .least = 1,
     .most = 1'000'000,
     .at = [](configuration& all, std::size_t) -> slot { return &all.groups.group_size_max; }},
    {.section = "groups",
     .key = "member_metadata_bytes_max",
     .type = kind::size_bytes,
     .built_in = "1MiB",
     .doc = "Metadata that one member may bring.",
     .least = 1024,
     .most = 1'073'741'824,
     .at = [](configuration& all, std::size_t) -> slot {
       return &all.groups.member_metadata_bytes_max;
     }},
    {.section = "groups",
     .key = "group_metadata_bytes_max",
     .type = kind::size_bytes,
     .built_in = "64MiB",
     .doc = "Metadata and assignments of all members of a group.",
     .least = 1024,
     .most = 1'073'741'824,
     .at = [](configuration& all, std::size_t) -> slot {
       return &all.groups.group_metadata_bytes_max;
     }},
    {.section = "groups",
     .key = "metadata_memory_bytes",
     .type = kind::size_bytes,
     .built_in = "256MiB",
     .doc = "Metadata and subscriptions of the members of all groups together; whoever would bring "
            "more is not taken.",
     .least = 1'048'576,
     .most = 1'099'511'627'776,
     .at = [](configuration& all, std::size_t) -> slot {
       return &all.groups.metadata_memory_bytes;
     }},
    {.section = "groups",
     .key = "offset_memory_bytes",
     .type = kind::size_bytes,
     .built_in = "512MiB",
     .doc = "Committed offsets of all groups together, and the groups that have some; new offsets "
            "beyond are refused, those that are there can be moved on.",
     .least = 1'048'576,
     .most = 1'099'511'627'776,
     .at = [](configuration& all, std::size_t) -> slot { return &all.groups.offset_memory_bytes; }},
    {.section = "groups",
     .key = "groups_max",
     .type = kind::integer,
     .built_in = "20000",
     .doc = "Groups of one partition of __consumer_offsets.",
     .least = 1,
     .most = 100'000'000,
     .at = [](configuration& all, std::size_t) -> slot { return &all.groups.groups_max; }},
    {.section = "groups",
     .key = "offsets_per_group_max",
     .type = kind::integer,
     .built_in = "100000",
     .doc = "Committed offsets of one group.",
     .least = 1,
     .most = 100'000'000,
     .at = [](configuration& all, std::size_t) -> slot {
       return &all.groups.offsets_per_group_max;
     }},
    {.section = "groups",
     .key = "offset_metadata_bytes_max",
     .type = kind::size_bytes,
     .built_in = "4KiB",
     .doc = "Metadata of one committed offset (Kafka: offset.metadata.max.bytes).",
     .least = 0,
     .most = 67'108'864,
     .at = [](configuration& all, std::size_t) -> slot {
       return &all.groups.offset_metadata_bytes_max;
     }},
    {.section = "groups",
     .key = "offsets_retention",
     .type = kind::duration,
     .built_in = "7d",
     .doc = "How long offsets outlive their group (Kafka: offsets.retention.minutes).",
     .least = 1,
     .most = std::numeric_limits<std::int64_t>::max(),
     .at = [](configuration& all, std::size_t) -> slot { return &all.groups.offsets_retention; }},
    {.section = "groups",
     .key = "offsets_retention_check_interval",
     .type = kind::duration,
     .built_in = "10m",
     .doc = "How often that is looked at (Kafka: offsets.retention.check.interval.ms).",
     .least = 1,
     .most = 86'400'000,
     .at = [](configuration& all, std::size_t) -> slot {
       return &all.groups.offsets_retention_check_interval;
     }},
    {.section = "groups",
     .key = "consumer_session_timeout",
     .type = kind::duration,
     .built_in = "45s",
     .doc = "Session of a member of the new protocol (Kafka: group.consumer.session.timeout.ms).",
     .least = 1,
     .most = 86'400'000,
     .at = [](configuration& all, std::size_t) -> slot {
       return &all.groups.consumer_session_timeout;
     }},
    {.section = "groups",
     .key = "consumer_heartbeat_interval",
     .type = kind::duration,
     .built_in = "5s",
     .doc = "How often such a member shows itself (Kafka: group.consumer.heartbeat.interval.ms).",
     .least = 1,
     .most = 86'400'000,
     .at = [](configuration& all, std::size_t) -> slot {
       return &all.groups.consumer_heartbeat_interval;
     }},
    {.section = "groups",
     .key = "offsets_partitions",
     .type = kind::integer,
     .built_in = "50",
     .doc =
         "Partitions of __consumer_offsets when it is made (Kafka: offsets.topic.num.partitions).",
     .least = 1,
     .most = 10'000,
     .at = [](configuration& all, std::size_t) -> slot { return &all.groups.offsets_partitions; }},
    {.section = "groups",
     .key = "offsets_segment_bytes",
     .type = kind::size_bytes,
     .built_in = "100MiB",
     .doc = "segment.bytes of __consumer_offsets when it is made.",
     .least = 1'048'576,
     .most = 1'073'741'824,
     .at = [](configuration& all, std::size_t) -> slot {
       return &all.groups.offsets_segment_bytes;
     }},
};

}  // namespace tidemill::server::config
