#include "network/limits.hpp"

#include <algorithm>

namespace tidemill::network {

limits divided(const limits& whole, std::size_t shard_count) noexcept {
  // A shard that could not hold a few large batches would stop and go.
  constexpr std::size_t part_bytes_min = 4U << 20U;
  limits part = whole;
  const std::size_t count = std::max<std::size_t>(shard_count, 1);
  part.work_memory_bytes_max = std::max(whole.work_memory_bytes_max / count, part_bytes_min);
  part.partial_memory_bytes_max = std::max(whole.partial_memory_bytes_max / count, part_bytes_min);
  part.held_memory_bytes_max = std::max(whole.held_memory_bytes_max / count, part_bytes_min);
  return part;
}

}  // namespace tidemill::network
