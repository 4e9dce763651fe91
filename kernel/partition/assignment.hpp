#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "partition/topic_policy.hpp"

namespace tidemill::partition {

struct partition_key {
  topic_id topic;
  partition_index partition;

  friend auto operator<=>(const partition_key&, const partition_key&) noexcept = default;
  friend bool operator==(const partition_key&, const partition_key&) noexcept = default;
};

/// What metadata has decided about a partition of which this broker has a replica.
struct assignment {
  std::string topic_name;
  /// Of the topic, for partitioner checks.
  std::int32_t partition_count = 1;
  leader_epoch epoch{0};
  /// Rises with every change of leader or in-sync set.
  partition_epoch version{0};
  /// nullopt while there is none.
  std::optional<broker_id> leader;
  std::vector<broker_id> replicas;
  std::vector<broker_id> in_sync;
  /// Never nullptr.
  std::shared_ptr<const topic_policy> policy;
};

}  // namespace tidemill::partition

template <>
struct std::hash<tidemill::partition::partition_key> {
  std::size_t operator()(const tidemill::partition::partition_key& key) const noexcept {
    const std::size_t topic = std::hash<tidemill::uuid>{}(key.topic);
    return topic ^ (static_cast<std::size_t>(key.partition.value()) * 0x9e3779b97f4a7c15ULL);
  }
};
