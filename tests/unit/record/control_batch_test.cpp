#include "record/control_batch.hpp"

#include <gtest/gtest.h>

#include "record/batch_builder.hpp"
#include "test_batches.hpp"

namespace tidemill::record {
namespace {

using testing::kafka_case_named;

end_transaction_marker commit_marker() {
  return {.producer_id = producer_id{4001},
          .producer_epoch = producer_epoch{1},
          .ending = end_transaction_marker::outcome::commit,
          .coordinator_epoch = 9};
}

TEST(control_batch, commit_marker_has_the_bytes_that_kafka_wrote) {
  byte_buffer batch = build_end_transaction_batch(commit_marker(), offset{103}, 1704067200000);
  assign_leader_epoch(batch, leader_epoch{7});
  EXPECT_EQ(batch, kafka_case_named("v2-control-commit").bytes);
}

TEST(control_batch, markers_of_kafka_are_read) {
  const auto commit =
      read_end_transaction_marker(batch_view(kafka_case_named("v2-control-commit").bytes));
  ASSERT_TRUE(commit && *commit);
  EXPECT_EQ((*commit)->producer_id, producer_id{4001});
  EXPECT_EQ((*commit)->producer_epoch, producer_epoch{1});
  EXPECT_EQ((*commit)->ending, end_transaction_marker::outcome::commit);
  EXPECT_EQ((*commit)->coordinator_epoch, 9);
  const auto abort =
      read_end_transaction_marker(batch_view(kafka_case_named("v2-control-abort").bytes));
  ASSERT_TRUE(abort && *abort);
  EXPECT_EQ((*abort)->ending, end_transaction_marker::outcome::abort);
}

byte_buffer control_batch_of(std::string_view key_hex, std::string_view value_hex) {
  const byte_buffer key = testing::from_hex(key_hex);
  const byte_buffer value = testing::from_hex(value_hex);
  batch_options options;
  options.control = true;
  options.producer = batch_producer{producer_id{1}, producer_epoch{0}, std::nullopt};
  batch_builder builder(options);
  builder.append(
      {.timestamp_ms = 1, .key = bytes_view(key), .value = bytes_view(value), .headers = {}});
  return *builder.finish();
}

TEST(control_batch, other_control_records_are_passed_over) {
  const auto read = read_end_transaction_marker(batch_view(control_batch_of("00000002", "")));
  ASSERT_TRUE(read);
  EXPECT_FALSE(*read);
}

TEST(control_batch, malformed_markers_are_errors) {
  const auto error_of = [](std::string_view key, std::string_view value) {
    const byte_buffer batch = control_batch_of(key, value);
    return read_end_transaction_marker(batch_view(batch)).error();
  };
  EXPECT_EQ(error_of("000000", "000000000009"), errc::control_record_invalid);
  EXPECT_EQ(error_of("00000001", "0000000000"), errc::control_record_invalid);
  byte_buffer empty = control_batch_of("00000001", "000000000009");
  store_big_endian(empty.data() + record_count_position, std::int32_t{0});
  EXPECT_EQ(read_end_transaction_marker(batch_view(empty)).error(), errc::control_record_invalid);
}

}  // namespace
}  // namespace tidemill::record
