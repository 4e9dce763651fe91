#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/uuid.hpp"

namespace tidemill::groups {

/// Partitions by topic; no topic without partitions.
using partition_set = std::map<uuid, std::set<std::int32_t>>;

[[nodiscard]] bool contains(const partition_set& all, const uuid& topic, std::int32_t partition);
[[nodiscard]] bool is_subset(const partition_set& part, const partition_set& all);
[[nodiscard]] std::size_t partition_count(const partition_set& all) noexcept;

/// What an assignor is asked.
struct assignor_member {
  std::string_view id;
  /// Of static members; orders them, so that a restart changes nothing.
  std::string_view order;
  /// Existing topics that it subscribes to.
  std::set<uuid> topics;
  /// What it was to have until now.
  const partition_set* before = nullptr;
};
struct assignor_topic {
  uuid id;
  std::int32_t partition_count = 0;
};
using target_assignment = std::map<std::string, partition_set, std::less<>>;

inline constexpr std::string_view uniform_assignor = "uniform";
inline constexpr std::string_view range_assignor = "range";
[[nodiscard]] bool is_assignor(std::string_view name) noexcept;

/// Every partition of every subscribed topic goes to exactly one of its subscribers; the same
/// question has the same answer. "uniform": as even as subscriptions allow, and of what members had
/// as much as that leaves. "range": of each topic, neighbours stay together.
[[nodiscard]] target_assignment assign(std::string_view assignor,
                                       const std::vector<assignor_member>& members,
                                       const std::vector<assignor_topic>& topics);

}  // namespace tidemill::groups
