#pragma once

#include <boost/system/error_code.hpp>
#include <string_view>
#include <type_traits>

namespace tidemill::metadata {

/// Why metadata refused something. api/ gives each the wire's error; the name of that stands behind
/// it. File errors of the metadata log travel in the system category.
enum class errc {
  // What a command asked for.
  topic_already_exists = 1,     ///< TOPIC_ALREADY_EXISTS
  topic_name_invalid,           ///< INVALID_TOPIC_EXCEPTION; also a name that collides
  partition_count_invalid,      ///< INVALID_PARTITIONS
  replication_factor_invalid,   ///< INVALID_REPLICATION_FACTOR; also too few brokers
  replica_assignment_invalid,   ///< INVALID_REPLICA_ASSIGNMENT
  setting_invalid,              ///< INVALID_CONFIG
  limit_reached,                ///< POLICY_VIOLATION: one of controller_limits
  request_invalid,              ///< INVALID_REQUEST
  unknown_topic,                ///< UNKNOWN_TOPIC_OR_PARTITION
  unknown_topic_id,             ///< UNKNOWN_TOPIC_ID
  unknown_broker,               ///< BROKER_ID_NOT_REGISTERED
  stale_broker_epoch,           ///< STALE_BROKER_EPOCH
  broker_registration_invalid,  ///< INVALID_REGISTRATION
  producer_ids_exhausted,       ///< 2^63 producer ids have been given: UNKNOWN_SERVER_ERROR
  // What became of a proposal.
  not_leader,          ///< refused, nothing was written: NOT_CONTROLLER
  outcome_unknown,     ///< may or may not be committed, now or after a restart: REQUEST_TIMED_OUT
  storage_full,        ///< refused, what was written has been taken back: KAFKA_STORAGE_ERROR
  storage_failed,      ///< the metadata log takes no more until a restart: KAFKA_STORAGE_ERROR
  proposal_too_large,  ///< over proposal_size_bytes_max: POLICY_VIOLATION
  stopping,            ///< NOT_CONTROLLER
  // What stands on disk.
  record_invalid,          ///< a record does not decode, or contradicts the image
  record_type_unknown,     ///< written by a newer version
  record_version_unknown,  ///< written by a newer version
  log_corrupt,             ///< damage that is not a torn tail: the node must not start
  snapshot_corrupt,        ///< likewise
  cluster_id_mismatch,     ///< the data directory belongs to another cluster
};

/// A short sentence without a full stop, fit for an error message to the client.
[[nodiscard]] std::string_view reason(errc error) noexcept;

[[nodiscard]] const boost::system::error_category& metadata_category() noexcept;
[[nodiscard]] boost::system::error_code make_error_code(errc error) noexcept;

}  // namespace tidemill::metadata

template <>
struct boost::system::is_error_code_enum<tidemill::metadata::errc> : std::true_type {};
