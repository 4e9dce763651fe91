#pragma once

#include <cstddef>
#include <cstdint>

#include "partition/assignment.hpp"

namespace tidemill::partition {

/// The shard on which a partition of this broker lives. Pure; the same for everybody who asks with
/// the same number of shards. The partitions of one topic are spread evenly.
[[nodiscard]] inline shard_index placed_on(const partition_key& key,
                                           std::size_t shard_count) noexcept {
  const std::size_t start = std::hash<uuid>{}(key.topic) % shard_count;
  const auto step = static_cast<std::size_t>(key.partition.value());
  return shard_index{static_cast<std::uint32_t>((start + step) % shard_count)};
}

}  // namespace tidemill::partition
