#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"

namespace tidemill::groups {

/// Now: `monotonic` counts from any origin and never goes back, deadlines are made of it; `wall_ms`
/// is the time of day, for what is stored.
struct moment {
  std::chrono::milliseconds monotonic{0};
  std::int64_t wall_ms = 0;
};

/// Reads the topics out of a classic consumer's metadata; nullopt when it cannot be read.
using subscription_reader = std::optional<std::vector<std::string>> (*)(bytes_view metadata);

/// Behind each its name in Kafka, where there is one.
struct group_options {
  /// group.min.session.timeout.ms, group.max.session.timeout.ms
  std::chrono::milliseconds session_timeout_min = std::chrono::seconds(6);
  std::chrono::milliseconds session_timeout_max = std::chrono::minutes(30);
  /// group.initial.rebalance.delay.ms
  std::chrono::milliseconds initial_rebalance_delay = std::chrono::seconds(3);
  /// How long a member that cannot send heartbeats yet may wait in a join.
  std::chrono::milliseconds new_member_join_timeout = std::chrono::minutes(5);
  /// Rebalances of one classic group; 0: as many as they like.
  std::size_t rebalances_per_minute_max = 60;
  /// group.max.size: members of one group.
  std::size_t group_size_max = 10'000;
  /// Protocols of one member of a classic group.
  std::size_t member_protocols_max = 64;
  /// What one member may bring to a join: names and metadata of its protocols, or the topics that
  /// it names.
  std::size_t member_metadata_bytes_max = std::size_t{1} << 20;
  /// What the members of one group may hold of metadata and assignments together.
  std::size_t group_metadata_bytes_max = std::size_t{64} << 20;
  /// What the members of all groups of one shard may hold of that together.
  std::size_t shard_metadata_bytes_max = std::size_t{256} << 20;
  /// What the committed offsets of all groups of one shard may hold together.
  std::size_t shard_offset_bytes_max = std::size_t{512} << 20;
  /// Groups of one partition of the offsets topic.
  std::size_t groups_max = 20'000;
  std::size_t offsets_per_group_max = 100'000;
  /// offset.metadata.max.bytes
  std::size_t offset_metadata_bytes_max = 4096;
  /// offsets.retention.minutes, offsets.retention.check.interval.ms
  std::chrono::milliseconds offsets_retention = std::chrono::hours(24 * 7);
  std::chrono::milliseconds offsets_retention_check_interval = std::chrono::minutes(10);
  /// group.consumer.session.timeout.ms, group.consumer.heartbeat.interval.ms
  std::chrono::milliseconds consumer_session_timeout = std::chrono::seconds(45);
  std::chrono::milliseconds consumer_heartbeat_interval = std::chrono::seconds(5);
  /// Never nullptr where classic consumers are to be understood.
  subscription_reader read_subscription = nullptr;
};

}  // namespace tidemill::groups
