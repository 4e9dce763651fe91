#pragma once

#include <functional>

#include "kafka/offsets.hpp"

namespace tidemill::cli {

/// Reads a topic as a member of a consumer group, and commits what was seen. One thread.
class group_reader {
 public:
  struct options {
    std::string topic;
    std::string group;
    /// Where a group begins that has committed nothing.
    bool from_end = false;
  };
  [[nodiscard]] static outcome<group_reader> open(const connection& where, const options& wanted);
  group_reader(group_reader&&) noexcept = default;
  group_reader& operator=(group_reader&&) = delete;
  /// Commits what was seen, and leaves the group.
  ~group_reader();

  /// Whether all partitions that this member has have been read to their ends.
  [[nodiscard]] bool is_at_end() const;
  /// Reads one record, or waits a moment for one. True when there was one, and `see` has had it.
  [[nodiscard]] outcome<bool> read(const std::function<void(const rd_kafka_message_t&)>& see);

 private:
  explicit group_reader(client handle) : handle_(std::make_unique<client>(std::move(handle))) {}

  /// nullptr once it was moved from.
  std::unique_ptr<client> handle_;
  std::map<topic_partition, bool> at_end_;
};

}  // namespace tidemill::cli
