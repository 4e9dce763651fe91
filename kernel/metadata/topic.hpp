#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"

namespace tidemill::metadata {

/// A setting that somebody set: name and value as text. Lists of them are ordered by name, without
/// duplicates.
struct setting {
  std::string name;
  std::string value;

  friend bool operator==(const setting&, const setting&) = default;
};
using setting_list = std::vector<setting>;

/// The value of a setting in an ordered list; nullptr when it is not there.
[[nodiscard]] const std::string* find_setting(const setting_list& settings,
                                              std::string_view name) noexcept;

/// One partition as the controller has decided.
struct partition {
  /// Preferred leader first.
  std::vector<broker_id> replicas;
  std::vector<broker_id> in_sync_replicas;
  /// nullopt while nobody may lead.
  std::optional<broker_id> leader;
  tidemill::leader_epoch leader_epoch{0};
  tidemill::partition_epoch partition_epoch{0};

  friend bool operator==(const partition&, const partition&) = default;
};

/// A topic. partitions[i] is partition i; they are numbered without gaps.
struct topic {
  std::string name;
  topic_id id;
  /// Kept by the brokers for themselves (__consumer_offsets and its like).
  bool is_internal = false;
  std::vector<partition> partitions;
  /// What was set on the topic itself; resolve() of topic_settings.hpp adds the defaults.
  setting_list settings;

  [[nodiscard]] const partition* find_partition(partition_index index) const noexcept;
  [[nodiscard]] std::size_t replication_factor() const noexcept {
    return partitions.empty() ? 0 : partitions.front().replicas.size();
  }

  friend bool operator==(const topic&, const topic&) = default;
};

/// How shared_table finds topics.
struct topic_name_key {
  using type = std::string_view;
  static std::string_view of(const topic& value) noexcept { return value.name; }
};
struct topic_id_key {
  using type = topic_id;
  static const topic_id& of(const topic& value) noexcept { return value.id; }
};

/// A topic name in which '.' and '_' are the same (topic_name.hpp says why).
struct collision_view {
  std::string_view name;

  friend bool operator==(const collision_view& left, const collision_view& right) noexcept;
};
struct topic_collision_key {
  using type = collision_view;
  static collision_view of(const topic& value) noexcept { return {value.name}; }
};

}  // namespace tidemill::metadata

template <>
struct std::hash<tidemill::metadata::collision_view> {
  std::size_t operator()(const tidemill::metadata::collision_view& view) const noexcept;
};
