#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/uuid.hpp"
#include "groups/core/consumer_records.hpp"

namespace tidemill::groups {

/// Bytes of a member that nobody here looks into; immutable, and shared with replies that other
/// threads send. nullptr stands for no bytes.
using shared_bytes = std::shared_ptr<const byte_buffer>;

[[nodiscard]] inline shared_bytes share(bytes_view bytes) {
  return bytes.empty() ? nullptr : std::make_shared<const byte_buffer>(bytes.begin(), bytes.end());
}
[[nodiscard]] inline bytes_view view_of(const shared_bytes& bytes) noexcept {
  return bytes == nullptr ? bytes_view{} : bytes_view(*bytes);
}

/// A committed offset.
struct stored_offset {
  std::int64_t offset = -1;
  /// -1: unknown
  std::int32_t leader_epoch = -1;
  std::string metadata;
  std::int64_t commit_time_ms = 0;
  /// Commits of old clients may say themselves how long they last.
  std::optional<std::int64_t> expire_time_ms;
  /// Zero when the commit did not say it.
  uuid topic;

  friend bool operator==(const stored_offset&, const stored_offset&) = default;
};

struct stored_member {
  std::string id;
  std::optional<std::string> instance;
  std::string client_id;
  std::string client_host;
  std::int32_t rebalance_timeout_ms = -1;
  std::int32_t session_timeout_ms = 0;
  /// Of the protocol that the group has chosen.
  shared_bytes metadata;
  shared_bytes assignment;
};

/// A classic group as the log keeps it.
struct stored_group {
  std::string protocol_type;
  std::int32_t generation = 0;
  std::optional<std::string> protocol;
  std::optional<std::string> leader;
  /// When the group came into its state; -1: not known.
  std::int64_t state_time_ms = -1;
  std::vector<stored_member> members;
};

/// nullopt deletes.
struct offset_record {
  std::string group;
  std::string topic;
  std::int32_t partition = 0;
  std::optional<stored_offset> value;
};
struct group_record {
  std::string group;
  std::optional<stored_group> value;
};

/// One record of the offsets topic.
using state_record =
    std::variant<offset_record, group_record, consumer_epoch_record, consumer_member_record,
                 consumer_target_epoch_record, consumer_target_record, consumer_current_record>;

}  // namespace tidemill::groups
