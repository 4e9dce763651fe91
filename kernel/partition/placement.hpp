#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

#include "base/ids.hpp"

namespace tidemill::partition {

/// The shard on which a partition of this broker lives. Pure; the same for everybody who asks with
/// the same number of shards. By the topic's name, not its id: a topic that is made again under the
/// name of one that was deleted uses the same directories, and only one shard can keep what the old
/// one leaves behind from what the new one begins. The partitions of one topic are spread evenly.
[[nodiscard]] inline shard_index placed_on(std::string_view topic_name, partition_index partition,
                                           std::size_t shard_count) noexcept {
  const std::size_t start = std::hash<std::string_view>{}(topic_name) % shard_count;
  const auto step = static_cast<std::size_t>(partition.value());
  return shard_index{static_cast<std::uint32_t>((start + step) % shard_count)};
}

}  // namespace tidemill::partition
