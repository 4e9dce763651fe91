#pragma once

#include <boost/system/error_code.hpp>
#include <string_view>
#include <type_traits>

namespace tidemill::replication {

/// Why a replica did not serve. The wire's names stand behind.
enum class errc {
  not_leader = 1,                    ///< NOT_LEADER_OR_FOLLOWER
  fenced_leader_epoch,               ///< FENCED_LEADER_EPOCH: the caller's epoch is older
  unknown_leader_epoch,              ///< UNKNOWN_LEADER_EPOCH: the caller's epoch is newer
  not_enough_replicas,               ///< NOT_ENOUGH_REPLICAS: nothing was appended
  not_enough_replicas_after_append,  ///< NOT_ENOUGH_REPLICAS_AFTER_APPEND: it may yet be committed
  timed_out                          ///< REQUEST_TIMED_OUT: appended, may yet be committed
};

/// A short sentence without a full stop.
[[nodiscard]] std::string_view reason(errc error) noexcept;

[[nodiscard]] const boost::system::error_category& replication_category() noexcept;
[[nodiscard]] boost::system::error_code make_error_code(errc error) noexcept;

}  // namespace tidemill::replication

template <>
struct boost::system::is_error_code_enum<tidemill::replication::errc> : std::true_type {};
