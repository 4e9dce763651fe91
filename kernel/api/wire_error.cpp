#include "api/wire_error.hpp"

namespace tidemill::api {

using protocol::wire_error;

wire_error to_wire(record::errc error) noexcept {
  using record::errc;
  switch (error) {
    case errc::no_whole_batch:
    case errc::more_than_one_batch:
    case errc::trailing_bytes:
    case errc::legacy_magic:
    case errc::base_offset_not_zero:
    case errc::base_offset_negative:
    case errc::record_count_invalid:
    case errc::last_offset_delta_mismatch:
    case errc::control_batch_from_client:
    case errc::transactional_without_producer_id:
    case errc::sequence_missing:
    case errc::unknown_compression:
    case errc::compressed_data_malformed:
    case errc::decompressed_too_large:
    case errc::records_missing:
    case errc::bytes_after_records:
    case errc::record_length_invalid:
    case errc::record_field_invalid:
    case errc::record_size_mismatch:
    case errc::record_offset_delta_wrong:
    case errc::record_header_invalid:
    case errc::record_header_key_null:
    case errc::record_without_key:
    case errc::control_record_invalid:
      return wire_error::invalid_record;
    case errc::batch_length_invalid:
    case errc::unknown_magic:
    case errc::crc_mismatch:
    case errc::codec_failed:
      return wire_error::corrupt_message;
    case errc::batch_too_large:
      return wire_error::message_too_large;
    case errc::transactional_without_transactional_id:
      return wire_error::transactional_id_authorization_failed;
    case errc::log_append_time_from_client:
    case errc::timestamp_out_of_range:
      return wire_error::invalid_timestamp;
    case errc::compression_not_allowed:
    case errc::codec_missing:
      return wire_error::unsupported_compression_type;
  }
  return wire_error::unknown_server_error;
}

wire_error to_wire(protocol::errc error) noexcept {
  using protocol::errc;
  switch (error) {
    case errc::truncated:
    case errc::trailing_bytes:
    case errc::invalid_length:
    case errc::invalid_varint:
    case errc::null_not_allowed:
    case errc::too_many_elements:
    case errc::budget_exceeded:
    case errc::tags_out_of_order:
      return wire_error::invalid_request;
    case errc::unknown_api:
    case errc::unsupported_version:
      return wire_error::unsupported_version;
    case errc::field_not_in_version:
    case errc::value_too_long:
      return wire_error::unknown_server_error;
  }
  return wire_error::unknown_server_error;
}

wire_error to_wire(log::errc error) noexcept {
  using log::errc;
  switch (error) {
    case errc::offset_out_of_range:
      return wire_error::offset_out_of_range;
    case errc::batch_too_large:
      return wire_error::message_too_large;
    case errc::batch_malformed:
      return wire_error::corrupt_message;
    case errc::closed:
      return wire_error::not_leader_or_follower;
    case errc::offsets_not_ascending:
      return wire_error::unknown_server_error;
    case errc::disk_full:
    case errc::write_failed:
    case errc::poisoned:
    case errc::corrupt:
    case errc::directory_in_use:
    case errc::meta_malformed:
    case errc::wrong_cluster:
    case errc::wrong_node:
    case errc::checkpoint_malformed:
    case errc::partition_metadata_malformed:
    case errc::overtaken:
    case errc::too_many_keys:
      return wire_error::kafka_storage_error;
  }
  return wire_error::unknown_server_error;
}

wire_error to_wire(replication::errc error) noexcept {
  using replication::errc;
  switch (error) {
    case errc::not_leader:
      return wire_error::not_leader_or_follower;
    case errc::fenced_leader_epoch:
      return wire_error::fenced_leader_epoch;
    case errc::unknown_leader_epoch:
      return wire_error::unknown_leader_epoch;
    case errc::not_enough_replicas:
      return wire_error::not_enough_replicas;
    case errc::not_enough_replicas_after_append:
      return wire_error::not_enough_replicas_after_append;
    case errc::timed_out:
      return wire_error::request_timed_out;
  }
  return wire_error::unknown_server_error;
}

wire_error to_wire(partition::errc error) noexcept {
  using partition::errc;
  switch (error) {
    // The image names this broker as the leader, so the partition is only late or about to go.
    case errc::unknown_partition:
    case errc::stopping:
      return wire_error::not_leader_or_follower;
    case errc::removed:
      return wire_error::unknown_topic_or_partition;
    case errc::topic_id_mismatch:
    case errc::storage_failed:
      return wire_error::kafka_storage_error;
    case errc::out_of_order_sequence:
      return wire_error::out_of_order_sequence_number;
    case errc::invalid_producer_epoch:
      return wire_error::invalid_producer_epoch;
    case errc::invalid_transaction_state:
      return wire_error::invalid_txn_state;
    case errc::transaction_coordinator_fenced:
      return wire_error::transaction_coordinator_fenced;
    case errc::records_rejected:
      return wire_error::invalid_record;
    case errc::offset_not_available:
      return wire_error::offset_not_available;
    case errc::offset_out_of_range:
      return wire_error::offset_out_of_range;
  }
  return wire_error::unknown_server_error;
}

wire_error to_wire(metadata::errc error) noexcept {
  using metadata::errc;
  switch (error) {
    case errc::topic_already_exists:
      return wire_error::topic_already_exists;
    case errc::topic_name_invalid:
      return wire_error::invalid_topic_exception;
    case errc::partition_count_invalid:
      return wire_error::invalid_partitions;
    case errc::replication_factor_invalid:
      return wire_error::invalid_replication_factor;
    case errc::replica_assignment_invalid:
      return wire_error::invalid_replica_assignment;
    case errc::setting_invalid:
      return wire_error::invalid_config;
    case errc::limit_reached:
    case errc::proposal_too_large:
      return wire_error::policy_violation;
    case errc::request_invalid:
      return wire_error::invalid_request;
    case errc::unknown_topic:
      return wire_error::unknown_topic_or_partition;
    case errc::unknown_topic_id:
      return wire_error::unknown_topic_id;
    case errc::unknown_broker:
      return wire_error::broker_id_not_registered;
    case errc::stale_broker_epoch:
      return wire_error::stale_broker_epoch;
    case errc::broker_registration_invalid:
      return wire_error::invalid_registration;
    case errc::not_leader:
    case errc::stopping:
      return wire_error::not_controller;
    case errc::outcome_unknown:
      return wire_error::request_timed_out;
    case errc::storage_full:
    case errc::storage_failed:
    case errc::record_invalid:
    case errc::record_type_unknown:
    case errc::record_version_unknown:
    case errc::log_corrupt:
    case errc::snapshot_corrupt:
    case errc::cluster_id_mismatch:
      return wire_error::kafka_storage_error;
    case errc::producer_ids_exhausted:
      return wire_error::unknown_server_error;
  }
  return wire_error::unknown_server_error;
}

wire_error to_wire(groups::errc error) noexcept {
  using groups::errc;
  switch (error) {
    case errc::none:
      return wire_error::none;
    case errc::invalid_group_id:
      return wire_error::invalid_group_id;
    case errc::group_id_not_found:
      return wire_error::group_id_not_found;
    case errc::unknown_member_id:
      return wire_error::unknown_member_id;
    case errc::member_id_required:
      return wire_error::member_id_required;
    case errc::illegal_generation:
      return wire_error::illegal_generation;
    case errc::fenced_instance_id:
      return wire_error::fenced_instance_id;
    case errc::inconsistent_protocol:
      return wire_error::inconsistent_group_protocol;
    case errc::invalid_session_timeout:
      return wire_error::invalid_session_timeout;
    case errc::rebalance_in_progress:
      return wire_error::rebalance_in_progress;
    case errc::group_full:
      return wire_error::group_max_size_reached;
    case errc::group_not_empty:
      return wire_error::non_empty_group;
    case errc::group_subscribed_to_topic:
      return wire_error::group_subscribed_to_topic;
    case errc::offset_metadata_too_large:
      return wire_error::offset_metadata_too_large;
    case errc::limit_reached:
    case errc::member_metadata_too_large:
      return wire_error::policy_violation;
    case errc::loading:
      return wire_error::coordinator_load_in_progress;
    case errc::not_available:
      return wire_error::coordinator_not_available;
    case errc::not_coordinator:
      return wire_error::not_coordinator;
    case errc::record_too_large:
    case errc::record_malformed:
      return wire_error::unknown_server_error;
    case errc::fenced_member_epoch:
      return wire_error::fenced_member_epoch;
    case errc::stale_member_epoch:
      return wire_error::stale_member_epoch;
    case errc::unreleased_instance_id:
      return wire_error::unreleased_instance_id;
    case errc::unsupported_assignor:
      return wire_error::unsupported_assignor;
    case errc::invalid_regular_expression:
      return wire_error::invalid_regular_expression;
    case errc::invalid_request:
      return wire_error::invalid_request;
  }
  return wire_error::unknown_server_error;
}

namespace {

template <class Errc>
wire_error converted(const error_code& error) noexcept {
  return to_wire(static_cast<Errc>(error.value()));
}

}  // namespace

wire_error to_wire(const error_code& error) noexcept {
  if (!error) {
    return wire_error::none;
  }
  const auto& category = error.category();
  if (category == record::record_category()) {
    return converted<record::errc>(error);
  }
  if (category == log::log_category()) {
    return converted<log::errc>(error);
  }
  if (category == partition::partition_category()) {
    return converted<partition::errc>(error);
  }
  if (category == replication::replication_category()) {
    return converted<replication::errc>(error);
  }
  if (category == metadata::metadata_category()) {
    return converted<metadata::errc>(error);
  }
  if (category == groups::groups_category()) {
    return converted<groups::errc>(error);
  }
  if (category == protocol::protocol_category()) {
    return converted<protocol::errc>(error);
  }
  if (category == boost::system::system_category() ||
      category == boost::system::generic_category()) {
    return wire_error::kafka_storage_error;
  }
  return wire_error::unknown_server_error;
}

}  // namespace tidemill::api
