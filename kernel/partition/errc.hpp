#pragma once

#include <boost/system/error_code.hpp>
#include <string_view>
#include <type_traits>

namespace tidemill::partition {

/// Why a partition did not do what was asked, beside the errors of record::errc (a bad batch),
/// log::errc (storage, offset_out_of_range) and replication::errc (leadership, acknowledgement),
/// which pass through. The wire's names stand behind.
enum class errc {
  unknown_partition = 1,           ///< not here: UNKNOWN_TOPIC_OR_PARTITION, NOT_LEADER_OR_FOLLOWER
  removed,                         ///< deleted while the call waited: UNKNOWN_TOPIC_OR_PARTITION
  stopping,                        ///< the broker stops: NOT_LEADER_OR_FOLLOWER
  topic_id_mismatch,               ///< the directory belongs to another topic: KAFKA_STORAGE_ERROR
  storage_failed,                  ///< what stands beside the log fails: KAFKA_STORAGE_ERROR
  out_of_order_sequence,           ///< OUT_OF_ORDER_SEQUENCE_NUMBER
  invalid_producer_epoch,          ///< INVALID_PRODUCER_EPOCH
  invalid_transaction_state,       ///< INVALID_TXN_STATE
  transaction_coordinator_fenced,  ///< TRANSACTION_COORDINATOR_FENCED
  records_rejected,                ///< by a record gate or partitioner check: INVALID_RECORD
  offset_not_available,            ///< OFFSET_NOT_AVAILABLE: just elected, ask again
  offset_out_of_range,             ///< OFFSET_OUT_OF_RANGE
};

/// A short sentence without a full stop.
[[nodiscard]] std::string_view reason(errc error) noexcept;

[[nodiscard]] const boost::system::error_category& partition_category() noexcept;
[[nodiscard]] boost::system::error_code make_error_code(errc error) noexcept;

}  // namespace tidemill::partition

template <>
struct boost::system::is_error_code_enum<tidemill::partition::errc> : std::true_type {};
