#include "api/wire_error.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace tidemill::api {
namespace {

using protocol::wire_error;

/// Every number that the category has a message for goes to a named error of the wire, and to the
/// same one whether it comes as the enumerator or as an error_code.
template <class Errc>
void expect_all_mapped(int last) {
  for (int value = 1; value <= last; ++value) {
    const auto error = static_cast<Errc>(value);
    const auto told = to_wire(error);
    EXPECT_NE(told, wire_error::none) << value;
    EXPECT_NE(to_string(told), "UNKNOWN") << value;
    EXPECT_EQ(to_wire(make_error_code(error)), told) << value;
  }
}

TEST(wire_error, every_error_of_every_room_is_mapped) {
  expect_all_mapped<record::errc>(static_cast<int>(record::errc::control_record_invalid));
  expect_all_mapped<protocol::errc>(static_cast<int>(protocol::errc::value_too_long));
  expect_all_mapped<log::errc>(static_cast<int>(log::errc::partition_metadata_malformed));
  expect_all_mapped<replication::errc>(static_cast<int>(replication::errc::timed_out));
  expect_all_mapped<partition::errc>(static_cast<int>(partition::errc::offset_out_of_range));
  expect_all_mapped<metadata::errc>(static_cast<int>(metadata::errc::cluster_id_mismatch));
}

TEST(wire_error, no_error_is_none) {
  EXPECT_EQ(to_wire(error_code{}), wire_error::none);
}

TEST(wire_error, errors_of_the_operating_system_are_storage_errors) {
  EXPECT_EQ(to_wire(error_code(ENOSPC, boost::system::system_category())),
            wire_error::kafka_storage_error);
  EXPECT_EQ(to_wire(error_code(EIO, boost::system::generic_category())),
            wire_error::kafka_storage_error);
}

TEST(wire_error, the_ones_that_clients_act_on_are_those_of_kafka) {
  EXPECT_EQ(to_wire(record::errc::crc_mismatch), wire_error::corrupt_message);
  EXPECT_EQ(to_wire(record::errc::legacy_magic), wire_error::invalid_record);
  EXPECT_EQ(to_wire(record::errc::batch_too_large), wire_error::message_too_large);
  EXPECT_EQ(to_wire(log::errc::offset_out_of_range), wire_error::offset_out_of_range);
  EXPECT_EQ(to_wire(log::errc::disk_full), wire_error::kafka_storage_error);
  EXPECT_EQ(to_wire(replication::errc::fenced_leader_epoch), wire_error::fenced_leader_epoch);
  EXPECT_EQ(to_wire(partition::errc::out_of_order_sequence),
            wire_error::out_of_order_sequence_number);
  EXPECT_EQ(to_wire(metadata::errc::topic_already_exists), wire_error::topic_already_exists);
}

}  // namespace
}  // namespace tidemill::api
