#include "record/batch_view.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "record/batch_builder.hpp"
#include "test_batches.hpp"

namespace tidemill::record {
namespace {

using testing::kafka_case_named;
using testing::small_batch;

TEST(batch_view, header_fields_are_those_that_kafka_wrote) {
  const batch_view batch(kafka_case_named("v2-control-commit").bytes);
  EXPECT_EQ(batch.size(), 78U);
  EXPECT_EQ(batch.length_field(), 66);
  EXPECT_EQ(batch.base_offset(), offset{103});
  EXPECT_EQ(batch.last_offset(), offset{103});
  EXPECT_EQ(batch.next_offset(), offset{104});
  EXPECT_EQ(batch.leader_epoch(), leader_epoch{7});
  EXPECT_EQ(batch.magic(), 2);
  EXPECT_EQ(batch.crc(), 3982354866U);
  EXPECT_EQ(batch.computed_crc(), batch.crc());
  EXPECT_EQ(batch.base_timestamp_ms(), 1704067200000);
  EXPECT_EQ(batch.max_timestamp_ms(), 1704067200000);
  EXPECT_EQ(batch.producer_id(), producer_id{4001});
  EXPECT_EQ(batch.producer_epoch(), producer_epoch{1});
  EXPECT_EQ(batch.base_sequence(), std::nullopt);
  EXPECT_EQ(batch.last_sequence(), std::nullopt);
  EXPECT_EQ(batch.record_count(), 1);
  EXPECT_TRUE(batch.is_control());
  EXPECT_TRUE(batch.is_transactional());
  EXPECT_FALSE(batch.is_compressed());
  EXPECT_EQ(batch.compression(), compression_type::none);
  EXPECT_EQ(batch.delete_horizon_ms(), std::nullopt);
}

TEST(batch_view, absent_ids_are_nullopt) {
  const batch_view batch(kafka_case_named("v2-none").bytes);
  EXPECT_EQ(batch.leader_epoch(), std::nullopt);
  EXPECT_EQ(batch.producer_id(), std::nullopt);
  EXPECT_EQ(batch.producer_epoch(), std::nullopt);
  EXPECT_EQ(batch.base_sequence(), std::nullopt);
  EXPECT_EQ(batch.timestamp_type(), timestamp_type::create_time);
}

TEST(batch_view, sequence_past_the_highest_wraps_to_zero) {
  const batch_view batch(kafka_case_named("v2-idempotent-sequence-wraps").bytes);
  EXPECT_EQ(batch.base_sequence(), sequence{2147483646});
  EXPECT_EQ(batch.last_sequence(), sequence{0});
  constexpr std::int32_t highest = std::numeric_limits<std::int32_t>::max();
  EXPECT_EQ(advance(sequence{highest}, 0), sequence{highest});
  EXPECT_EQ(advance(sequence{highest}, 1), sequence{0});
  EXPECT_EQ(advance(sequence{highest}, highest), sequence{highest - 1});
}

TEST(batch_view, delete_horizon_is_the_base_timestamp_where_flagged) {
  EXPECT_EQ(batch_view(kafka_case_named("v2-delete-horizon").bytes).delete_horizon_ms(),
            1704153600000);
}

TEST(batch_view, unknown_codec_has_no_compression_type) {
  const batch_view batch(kafka_case_named("v2-codec-5").bytes);
  EXPECT_EQ(batch.compression(), std::nullopt);
  EXPECT_TRUE(batch.is_compressed());
}

TEST(peek_batch, every_prefix_says_what_is_needed) {
  const byte_buffer batch = small_batch();
  for (std::size_t size = 0; size < batch.size(); ++size) {
    const batch_extent extent = peek_batch(bytes_view(batch).first(size));
    EXPECT_EQ(extent.presence, batch_extent::state::need_more) << size;
    EXPECT_EQ(extent.size_bytes, size < batch_prefix_size ? batch_prefix_size : batch.size());
    EXPECT_EQ(front_batch(bytes_view(batch).first(size)).error(), errc::no_whole_batch);
  }
  EXPECT_EQ(peek_batch(batch).presence, batch_extent::state::whole);
  EXPECT_EQ(front_batch(batch)->size(), batch.size());
}

TEST(peek_batch, lengths_below_the_header_are_invalid) {
  byte_buffer batch = small_batch();
  for (const std::int32_t length : {std::numeric_limits<std::int32_t>::min(), -1, 0, 13, 14, 48}) {
    store_big_endian(batch.data() + batch_length_position, length);
    const batch_extent extent = peek_batch(batch);
    EXPECT_EQ(extent.presence, batch_extent::state::invalid) << length;
    EXPECT_EQ(extent.error, errc::batch_length_invalid) << length;
  }
  store_big_endian(batch.data() + batch_length_position, std::numeric_limits<std::int32_t>::max());
  EXPECT_EQ(peek_batch(batch).presence, batch_extent::state::need_more);
}

TEST(peek_batch, other_formats_are_invalid) {
  byte_buffer batch = small_batch();
  for (const int magic : {0, 1, 3, 127, -1, -128}) {
    batch[magic_position] = static_cast<std::byte>(magic);
    EXPECT_EQ(peek_batch(batch).error,
              magic == 0 || magic == 1 ? errc::legacy_magic : errc::unknown_magic)
        << magic;
  }
}

TEST(batch_scanner, batches_one_after_another_are_all_found) {
  const byte_buffer one = small_batch();
  byte_buffer bytes;
  for (int i = 0; i < 3; ++i) {
    bytes.insert(bytes.end(), one.begin(), one.end());
  }
  batch_scanner scanner(bytes);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(scanner.position(), i * one.size());
    const auto batch = scanner.next();
    ASSERT_TRUE(batch);
    EXPECT_EQ(batch->bytes().data(), bytes.data() + i * one.size());
  }
  EXPECT_FALSE(scanner.next());
  EXPECT_TRUE(scanner.at_end());
}

TEST(batch_scanner, cut_tail_stops_before_it) {
  const byte_buffer& bytes = kafka_case_named("v2-whole-then-cut-short").bytes;
  batch_scanner scanner(bytes);
  EXPECT_TRUE(scanner.next());
  EXPECT_FALSE(scanner.next());
  EXPECT_FALSE(scanner.at_end());
  EXPECT_EQ(scanner.position(), 122U);
  EXPECT_EQ(scanner.rest().presence, batch_extent::state::need_more);
}

TEST(batch_patches, offset_and_leader_epoch_leave_the_checksum_alone) {
  byte_buffer batch = small_batch();
  const std::uint32_t before = batch_view(batch).crc();
  assign_base_offset(batch, offset{1'000'000'007});
  assign_leader_epoch(batch, leader_epoch{12});
  const batch_view view(batch);
  EXPECT_EQ(view.base_offset(), offset{1'000'000'007});
  EXPECT_EQ(view.next_offset(), offset{1'000'000'010});
  EXPECT_EQ(view.leader_epoch(), leader_epoch{12});
  EXPECT_EQ(view.crc(), before);
  EXPECT_EQ(view.computed_crc(), before);
}

TEST(batch_patches, timestamps_renew_the_checksum_and_only_when_they_change) {
  byte_buffer batch = small_batch();
  assign_timestamps(batch, timestamp_type::log_append_time, 5000);
  EXPECT_EQ(batch_view(batch).timestamp_type(), timestamp_type::log_append_time);
  EXPECT_EQ(batch_view(batch).max_timestamp_ms(), 5000);
  EXPECT_EQ(batch_view(batch).crc(), batch_view(batch).computed_crc());
  assign_timestamps(batch, timestamp_type::create_time, 1005);
  EXPECT_EQ(batch, small_batch());

  batch[crc_position] ^= std::byte{1};  // a write would mend it
  const byte_buffer before = batch;
  assign_timestamps(batch, timestamp_type::create_time, 1005);
  EXPECT_EQ(batch, before);
}

}  // namespace
}  // namespace tidemill::record
