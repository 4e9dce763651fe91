#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "groups/core/state_records.hpp"

namespace tidemill::groups {

/// The committed offsets of one group, and how many commits of each partition are under way.
class offset_table {
 public:
  using partitions = std::map<std::int32_t, stored_offset>;
  using topics = std::map<std::string, partitions, std::less<>>;

  /// nullptr: none.
  [[nodiscard]] const stored_offset* find(std::string_view topic,
                                          std::int32_t partition) const noexcept;
  [[nodiscard]] const topics& all() const noexcept { return topics_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// About what it holds of memory, without commits that are under way.
  [[nodiscard]] std::size_t size_bytes() const noexcept { return size_bytes_; }
  /// What one more offset adds to that at most.
  [[nodiscard]] static std::size_t size_bytes_of(std::string_view topic,
                                                 std::string_view metadata) noexcept {
    return topic_bytes + topic.size() + offset_bytes + metadata.size();
  }

  void put(std::string_view topic, std::int32_t partition, stored_offset value);
  void erase(std::string_view topic, std::int32_t partition);

  /// A commit has been handed to the log, and is done.
  void begin_commit(std::string_view topic, std::int32_t partition);
  void end_commit(std::string_view topic, std::int32_t partition);
  [[nodiscard]] bool is_pending(std::string_view topic, std::int32_t partition) const noexcept;
  using pending_counts = std::map<std::string, std::map<std::int32_t, std::uint32_t>, std::less<>>;
  [[nodiscard]] const pending_counts& pending() const noexcept { return pending_; }

 private:
  static constexpr std::size_t node_bytes = 48;
  static constexpr std::size_t topic_bytes = sizeof(topics::value_type) + node_bytes;
  static constexpr std::size_t offset_bytes = sizeof(partitions::value_type) + node_bytes;

  topics topics_;
  std::size_t size_ = 0;
  std::size_t size_bytes_ = 0;
  pending_counts pending_;
};

}  // namespace tidemill::groups
