#pragma once

#include <cstdint>
#include <string_view>

#include "base/ids.hpp"

namespace tidemill::groups {

/// The topic that keeps the groups; as many partitions as it has, so many coordinators there are.
inline constexpr std::string_view offsets_topic_name = "__consumer_offsets";

/// The partition of the offsets topic that keeps a group, as every Kafka broker works it out (from
/// Java's hash of the group's id). `partition_count` > 0.
[[nodiscard]] partition_index home_of(std::string_view group,
                                      std::int32_t partition_count) noexcept;

}  // namespace tidemill::groups
