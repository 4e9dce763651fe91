#pragma once

#include <boost/system/error_code.hpp>
#include <string_view>

#include "base/error_category.hpp"

namespace tidemill::groups {

/// Why a group coordinator did not do what was asked. The wire's names stand behind.
enum class errc {
  none = 0,
  invalid_group_id,            ///< INVALID_GROUP_ID
  group_id_not_found,          ///< GROUP_ID_NOT_FOUND
  unknown_member_id,           ///< UNKNOWN_MEMBER_ID
  member_id_required,          ///< MEMBER_ID_REQUIRED: the reply names the id to join with
  illegal_generation,          ///< ILLEGAL_GENERATION
  fenced_instance_id,          ///< FENCED_INSTANCE_ID
  inconsistent_protocol,       ///< INCONSISTENT_GROUP_PROTOCOL
  invalid_session_timeout,     ///< INVALID_SESSION_TIMEOUT
  rebalance_in_progress,       ///< REBALANCE_IN_PROGRESS
  group_full,                  ///< GROUP_MAX_SIZE_REACHED
  group_not_empty,             ///< NON_EMPTY_GROUP
  group_subscribed_to_topic,   ///< GROUP_SUBSCRIBED_TO_TOPIC
  offset_metadata_too_large,   ///< OFFSET_METADATA_TOO_LARGE
  limit_reached,               ///< POLICY_VIOLATION: more than this broker keeps (S18, S19)
  member_metadata_too_large,   ///< POLICY_VIOLATION
  loading,                     ///< COORDINATOR_LOAD_IN_PROGRESS: ask the same broker again
  not_available,               ///< COORDINATOR_NOT_AVAILABLE
  not_coordinator,             ///< NOT_COORDINATOR: look for the coordinator again
  record_too_large,            ///< UNKNOWN_SERVER_ERROR, as Kafka
  fenced_member_epoch,         ///< FENCED_MEMBER_EPOCH
  stale_member_epoch,          ///< STALE_MEMBER_EPOCH
  unreleased_instance_id,      ///< UNRELEASED_INSTANCE_ID
  unsupported_assignor,        ///< UNSUPPORTED_ASSIGNOR
  invalid_regular_expression,  ///< INVALID_REGULAR_EXPRESSION
  invalid_request,             ///< INVALID_REQUEST
  record_malformed,            ///< a stored record that cannot be read: never leaves the broker
};

/// A short sentence without a full stop.
[[nodiscard]] std::string_view reason(errc error) noexcept;

[[nodiscard]] const boost::system::error_category& groups_category() noexcept;
[[nodiscard]] boost::system::error_code make_error_code(errc error) noexcept;

}  // namespace tidemill::groups

template <>
struct boost::system::is_error_code_enum<tidemill::groups::errc> : std::true_type {};
