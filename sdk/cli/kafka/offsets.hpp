#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "kafka/admin_call.hpp"

namespace tidemill::cli {

struct topic_partition {
  std::string topic;
  std::int32_t index = 0;

  friend auto operator<=>(const topic_partition&, const topic_partition&) = default;
};
using offset_map = std::map<topic_partition, std::int64_t>;

/// What ListOffsets takes in place of a time.
inline constexpr std::int64_t at_end = -1;
inline constexpr std::int64_t at_start = -2;

/// For each partition the offset at the time that stands beside it (milliseconds, at_end or
/// at_start): of the first record that is not earlier, or the end where there is none. One request
/// a leader.
[[nodiscard]] outcome<offset_map> offsets_at(const client& brokers, const offset_map& times);
/// The same time for all of them.
[[nodiscard]] outcome<offset_map> offsets_at(const client& brokers,
                                             const std::vector<topic_partition>& partitions,
                                             std::int64_t time);

[[nodiscard]] partition_list list_of(const offset_map& offsets);

}  // namespace tidemill::cli
