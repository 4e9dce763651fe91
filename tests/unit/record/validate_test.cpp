#include "record/validate.hpp"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <string>

#include "record/batch_builder.hpp"
#include "record/control_batch.hpp"
#include "record/record_iterator.hpp"
#include "test_batches.hpp"
#include "test_codecs.hpp"

namespace tidemill::record {
namespace {

using testing::kafka_case_named;
using testing::library_codecs;
using testing::seal;
using testing::small_batch;

std::optional<errc> error_of(bytes_view bytes, const validation_rules& rules = {}) {
  const verdict judged = validate_produced(bytes, rules);
  return judged ? std::nullopt : std::optional(judged.error().error);
}

byte_buffer batch_of(const batch_options& options, std::size_t record_count,
                     std::size_t value_size = 10) {
  const std::string value(value_size, 'v');
  batch_builder builder(options);
  for (std::size_t i = 0; i < record_count; ++i) {
    builder.append({.timestamp_ms = 1000 + static_cast<std::int64_t>(i),
                    .key = as_bytes("key"),
                    .value = as_bytes(value),
                    .headers = {}});
  }
  return *builder.finish();
}

template <class T>
byte_buffer with(byte_buffer batch, std::size_t position, T value) {
  store_big_endian(batch.data() + position, value);
  seal(batch);
  return batch;
}

TEST(validate_produced, every_prefix_is_refused) {
  const byte_buffer batch = small_batch();
  for (std::size_t size = 0; size < batch.size(); ++size) {
    const byte_buffer cut(batch.begin(), batch.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_EQ(error_of(cut), errc::no_whole_batch) << size;
    EXPECT_FALSE(validate_stored(cut)) << size;
  }
}

TEST(validate_produced, every_flipped_bit_is_refused_outside_the_leader_epoch) {
  const byte_buffer batch = small_batch();
  for (std::size_t bit = 0; bit < batch.size() * 8; ++bit) {
    byte_buffer flipped = batch;
    flipped[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    // Nothing covers what a client says there; the broker writes its own.
    const bool covered = bit / 8 < leader_epoch_position || bit / 8 >= magic_position;
    EXPECT_EQ(error_of(flipped).has_value(), covered) << bit;
    EXPECT_EQ(error_of(flipped, {.depth = validation_depth::header}).has_value(), covered) << bit;
    if (bit / 8 >= batch_length_position && covered) {
      EXPECT_FALSE(validate_stored(flipped)) << bit;
    }
  }
}

TEST(validate_produced, every_byte_of_the_records_may_be_anything) {
  // With a fitting checksum each byte value in each place is accepted or refused, cleanly, and what
  // is accepted reads back whole.
  const byte_buffer batch = small_batch();
  for (std::size_t position = batch_header_size; position < batch.size(); ++position) {
    for (unsigned value = 0; value < 256; ++value) {
      byte_buffer changed = batch;
      changed[position] = static_cast<std::byte>(value);
      seal(changed);
      const verdict judged = validate_produced(changed, {});
      record_iterator records{batch_view(changed)};
      record_view record;
      bool sound = true;
      while (records.next(record)) {
        sound = sound && record.offset_delta == records.index() - 1;
        header_iterator headers = record.headers();
        header_view header;
        while (headers.next(header)) {
        }
        sound = sound && !headers.error();
      }
      ASSERT_EQ(judged.has_value(), sound && !records.error()) << position << ' ' << value;
    }
  }
}

TEST(validate_produced, header_fields_are_checked_one_by_one) {
  const byte_buffer batch = small_batch();
  EXPECT_EQ(error_of(with<std::int32_t>(batch, record_count_position, 0)),
            errc::record_count_invalid);
  EXPECT_EQ(error_of(with<std::int32_t>(batch, last_offset_delta_position, 3)),
            errc::last_offset_delta_mismatch);
  constexpr std::int32_t highest = std::numeric_limits<std::int32_t>::max();
  byte_buffer huge = with<std::int32_t>(batch, record_count_position, highest);
  huge = with<std::int32_t>(huge, last_offset_delta_position, highest - 1);
  EXPECT_EQ(error_of(huge), errc::record_count_invalid);
  EXPECT_EQ(error_of(huge, {.depth = validation_depth::header}), errc::record_count_invalid);
  EXPECT_EQ(error_of(with<std::int16_t>(batch, attributes_position, attributes_control)),
            errc::control_batch_from_client);
  EXPECT_EQ(error_of(with<std::int64_t>(batch, producer_id_position, 7)), errc::sequence_missing);
  const byte_buffer transactional =
      with<std::int16_t>(batch, attributes_position, attributes_transactional);
  EXPECT_EQ(error_of(transactional), errc::transactional_without_transactional_id);
  EXPECT_EQ(error_of(transactional, {.transactional_allowed = true}),
            errc::transactional_without_producer_id);
  EXPECT_EQ(error_of(batch, {.batch_size_bytes_max = batch.size()}), std::nullopt);
  EXPECT_EQ(error_of(batch, {.batch_size_bytes_max = batch.size() - 1}), errc::batch_too_large);
}

TEST(validate_produced, unused_attribute_bits_pass) {
  for (const int bit : {7, 8, 12, 15}) {
    const auto attributes = static_cast<std::int16_t>(1U << static_cast<unsigned>(bit));
    EXPECT_EQ(error_of(with(small_batch(), attributes_position, attributes)), std::nullopt) << bit;
  }
}

TEST(validate_produced, zstd_needs_a_request_that_knows_it) {
  const byte_buffer& batch = kafka_case_named("v2-zstd").bytes;
  EXPECT_EQ(error_of(batch, {.zstd_allowed = false}), errc::compression_not_allowed);
  EXPECT_EQ(error_of(batch), std::nullopt);
}

TEST(validate_produced, record_errors_name_the_bad_record) {
  byte_buffer batch = batch_of({}, 5);
  const std::size_t record_size = (batch.size() - batch_header_size) / 5;
  // The offset delta stands behind length, attributes and timestamp delta.
  batch[batch_header_size + 3 * record_size + 3] = std::byte{8};
  seal(batch);
  const verdict judged = validate_produced(batch, {});
  ASSERT_FALSE(judged);
  EXPECT_EQ(judged.error().error, errc::record_offset_delta_wrong);
  EXPECT_EQ(judged.error().records,
            (std::vector<record_error>{{3, errc::record_offset_delta_wrong}}));
  EXPECT_FALSE(judged.error().reason().empty());
}

TEST(validate_produced, compacted_topic_names_every_record_without_key) {
  batch_builder builder(batch_options{});
  for (int i = 0; i < 6; ++i) {
    new_record record{.timestamp_ms = 1, .key = as_bytes(""), .value = {}, .headers = {}};
    if (i % 2 == 1) {
      record.key = std::nullopt;
    }
    builder.append(record);
  }
  const byte_buffer batch = *builder.finish();
  EXPECT_EQ(error_of(batch), std::nullopt);
  for (const auto depth : {validation_depth::full, validation_depth::header}) {
    const verdict judged = validate_produced(batch, {.depth = depth, .key_required = true});
    ASSERT_FALSE(judged);
    EXPECT_EQ(judged.error().error, errc::record_without_key);
    EXPECT_EQ(judged.error().records, (std::vector<record_error>{{1, errc::record_without_key},
                                                                 {3, errc::record_without_key},
                                                                 {5, errc::record_without_key}}));
  }
}

TEST(validate_produced, timestamps_out_of_range_are_named) {
  const byte_buffer batch = batch_of({}, 5);  // 1000 to 1004
  EXPECT_EQ(error_of(batch, {.now_ms = 1000, .timestamp_after_max_ms = 4}), std::nullopt);
  const verdict late = validate_produced(batch, {.now_ms = 1000, .timestamp_after_max_ms = 2});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().records, (std::vector<record_error>{{3, errc::timestamp_out_of_range},
                                                             {4, errc::timestamp_out_of_range}}));
  EXPECT_EQ(
      error_of(batch,
               {.depth = validation_depth::header, .now_ms = 1000, .timestamp_after_max_ms = 2}),
      errc::timestamp_out_of_range);
  EXPECT_EQ(error_of(batch, {.now_ms = 2000, .timestamp_before_max_ms = 1000}), std::nullopt);
  const verdict early = validate_produced(batch, {.now_ms = 2000, .timestamp_before_max_ms = 999});
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().error, errc::timestamp_out_of_range);
  EXPECT_EQ(early.error().records, (std::vector<record_error>{{0, errc::timestamp_out_of_range}}));
  // What producers say does not count where the log sets the time.
  EXPECT_EQ(error_of(batch, {.timestamp_type = timestamp_type::log_append_time,
                             .now_ms = 1'000'000,
                             .timestamp_before_max_ms = 0,
                             .timestamp_after_max_ms = 0}),
            std::nullopt);
}

// Kafka's default bound is the largest number, and not none: what lies further back is refused.
TEST(validate_produced, timestamp_before_all_time_is_refused) {
  for (const std::int64_t timestamp_ms : {INT64_MIN, INT64_MIN + 5}) {
    batch_builder builder({});
    builder.append({.timestamp_ms = timestamp_ms, .key = {}, .value = {}, .headers = {}});
    const byte_buffer batch = builder.finish().value();
    EXPECT_EQ(error_of(batch, {.now_ms = 5000}), errc::timestamp_out_of_range);
  }
  batch_builder builder({});
  builder.append({.timestamp_ms = -2, .key = {}, .value = {}, .headers = {}});
  EXPECT_EQ(error_of(builder.finish().value(), {.now_ms = 5000}), std::nullopt);
}

TEST(validate_produced, records_without_timestamp_pass_any_range) {
  batch_builder builder(batch_options{});
  builder.append({});
  builder.append({.timestamp_ms = 5000, .key = {}, .value = {}, .headers = {}});
  const byte_buffer batch = *builder.finish();
  const validation_rules rules{
      .now_ms = 5000, .timestamp_before_max_ms = 10, .timestamp_after_max_ms = 10};
  const verdict judged = validate_produced(batch, rules);
  ASSERT_TRUE(judged);
  EXPECT_EQ(judged->max_timestamp_ms, 5000);
  EXPECT_EQ(judged->max_timestamp_offset_delta, 1);
}

TEST(validate_produced, refusal_names_no_more_records_than_its_bound) {
  batch_builder builder(batch_options{});
  for (std::size_t i = 0; i < record_errors_max + 500; ++i) {
    builder.append({});
  }
  const verdict judged = validate_produced(*builder.finish(), {.key_required = true});
  ASSERT_FALSE(judged);
  EXPECT_EQ(judged.error().records.size(), record_errors_max);
}

TEST(prepare_for_append, create_time_topic_clears_the_bit_and_mends_the_maximum) {
  for (const std::string_view name : {"v2-log-append-time", "v2-max-timestamp-too-small"}) {
    byte_buffer batch = kafka_case_named(name).bytes;
    const validation_rules rules;
    const verdict judged = validate_produced(batch, rules);
    ASSERT_TRUE(judged);
    prepare_for_append(batch, *judged, rules);
    // Both are v2-none with one field changed, which is now as it should be.
    EXPECT_EQ(batch, kafka_case_named("v2-none").bytes) << name;
  }
}

TEST(prepare_for_append, header_depth_clears_the_bit_and_believes_the_maximum) {
  byte_buffer batch = kafka_case_named("v2-log-append-time").bytes;
  const validation_rules rules{.depth = validation_depth::header};
  const verdict judged = validate_produced(batch, rules);
  ASSERT_TRUE(judged);
  EXPECT_FALSE(judged->walked);
  prepare_for_append(batch, *judged, rules);
  const batch_view stored(batch);
  EXPECT_EQ(stored.timestamp_type(), timestamp_type::create_time);
  EXPECT_EQ(stored.max_timestamp_ms(), 1704067200000);
  EXPECT_TRUE(validate_stored(batch));
}

TEST(prepare_for_append, log_append_time_topic_stamps_the_batch) {
  byte_buffer batch = small_batch();
  const validation_rules rules{.timestamp_type = timestamp_type::log_append_time, .now_ms = 777};
  const verdict judged = validate_produced(batch, rules);
  ASSERT_TRUE(judged);
  prepare_for_append(batch, *judged, rules);
  EXPECT_EQ(batch_view(batch).max_timestamp_ms(), 777);
  EXPECT_EQ(batch_view(batch).timestamp_type(), timestamp_type::log_append_time);
  EXPECT_TRUE(validate_stored(batch));
  EXPECT_EQ(error_of(batch, rules), errc::log_append_time_from_client);
}

TEST(prepare_for_append, sound_batch_stays_as_it_was_sent) {
  byte_buffer batch = small_batch();
  const verdict judged = validate_produced(batch, {});
  ASSERT_TRUE(judged);
  EXPECT_EQ(judged->max_timestamp_ms, 1005);
  EXPECT_EQ(judged->max_timestamp_offset_delta, 1);
  prepare_for_append(batch, *judged, {});
  EXPECT_EQ(batch, small_batch());
}

TEST(validate_compressed, loaded_codec_brings_bad_records_to_light) {
  for (const auto type : {compression_type::gzip, compression_type::snappy, compression_type::lz4,
                          compression_type::zstd}) {
    SCOPED_TRACE(static_cast<int>(type));
    // A null key, inside.
    batch_options options;
    options.compression = type;
    options.compressor = library_codecs().find(type);
    batch_builder builder(options);
    builder.append({.timestamp_ms = 5, .key = as_bytes("k"), .value = {}, .headers = {}});
    builder.append({.timestamp_ms = 6, .key = std::nullopt, .value = {}, .headers = {}});
    const byte_buffer batch = *builder.finish();
    EXPECT_EQ(error_of(batch, {.key_required = true}), std::nullopt);  // nobody can look
    const verdict judged =
        validate_produced(batch, {.key_required = true, .codecs = &library_codecs()});
    ASSERT_FALSE(judged);
    EXPECT_EQ(judged.error().records, (std::vector<record_error>{{1, errc::record_without_key}}));
    // Damage inside, with a fitting checksum.
    byte_buffer damaged(batch.begin(), batch.end() - 1);
    store_big_endian(damaged.data() + batch_length_position,
                     static_cast<std::int32_t>(damaged.size() - batch_length_overhead));
    seal(damaged);
    EXPECT_EQ(error_of(damaged), std::nullopt);
    EXPECT_NE(error_of(damaged, {.codecs = &library_codecs()}), std::nullopt);
  }
}

TEST(validate_compressed, bomb_stops_at_its_bound) {
  for (const auto type : {compression_type::gzip, compression_type::snappy, compression_type::lz4,
                          compression_type::zstd}) {
    SCOPED_TRACE(static_cast<int>(type));
    batch_options options;
    options.compression = type;
    options.compressor = library_codecs().find(type);
    const byte_buffer batch = batch_of(options, 1, std::size_t{8} << 20);
    validation_rules rules;
    rules.codecs = &library_codecs();
    EXPECT_EQ(error_of(batch, rules), std::nullopt);
    rules.decompressed_size_bytes_max = 1 << 20;
    EXPECT_EQ(error_of(batch, rules), errc::decompressed_too_large);
  }
}

TEST(validate_compressed, bound_follows_the_size_of_the_batch) {
  batch_options options;
  options.compression = compression_type::zstd;
  options.compressor = library_codecs().find(options.compression);
  const byte_buffer batch = batch_of(options, 1, std::size_t{8} << 20);
  ASSERT_LT(batch.size(), 4000U);  // some 800 bytes for 8 MiB: over 1000 times its size
  validation_rules rules;
  rules.codecs = &library_codecs();
  rules.batch_size_bytes_max = 64 << 10;
  EXPECT_EQ(error_of(batch, rules), errc::decompressed_too_large);
  rules.batch_size_bytes_max = 2 << 20;
  EXPECT_EQ(error_of(batch, rules), std::nullopt);
}

TEST(validate_compressed, count_beyond_the_bound_is_refused_without_a_codec) {
  batch_options options;
  options.compression = compression_type::zstd;
  options.compressor = library_codecs().find(options.compression);
  const byte_buffer batch = batch_of(options, 1, 100);
  validation_rules rules;
  rules.batch_size_bytes_max = 1 << 20;
  const auto claiming = [&](std::int32_t count) {
    return with(with(batch, record_count_position, count), last_offset_delta_position, count - 1);
  };
  // Eight of the largest batches, seven bytes a record.
  EXPECT_EQ(error_of(claiming((8 << 20) / 7), rules), std::nullopt);
  EXPECT_EQ(error_of(claiming((8 << 20) / 7 + 1), rules), errc::record_count_invalid);
  EXPECT_EQ(error_of(claiming(0x7fffffff), rules), errc::record_count_invalid);
}

TEST(validate_compressed, data_of_another_kind_is_refused_without_a_codec) {
  const byte_buffer plain = small_batch();
  for (const auto codec_id : std::array<std::int16_t, 3>{1, 3, 4}) {
    EXPECT_EQ(error_of(with(plain, attributes_position, codec_id)), errc::compressed_data_malformed)
        << codec_id;
  }
  // A bare snappy block has no signature: its plain size and its first element must be possible.
  byte_buffer snappy = with<std::int16_t>(plain, attributes_position, 2);
  EXPECT_EQ(error_of(snappy), std::nullopt);
  snappy[batch_header_size + 1] = std::byte{1};  // a copy, of nothing yet
  seal(snappy);
  EXPECT_EQ(error_of(snappy), errc::compressed_data_malformed);
  snappy[batch_header_size + 1] = std::byte{0};
  store_big_endian(snappy.data() + batch_header_size, std::uint32_t{0xffff7f00});
  seal(snappy);
  EXPECT_EQ(error_of(snappy), errc::compressed_data_malformed);
  for (const auto codec_id : std::array<std::int16_t, 3>{5, 6, 7}) {
    EXPECT_EQ(error_of(with(plain, attributes_position, codec_id)), errc::unknown_compression);
  }
}

TEST(validate_stored, log_may_hold_what_clients_may_not_send) {
  for (const std::string_view name :
       {"v2-base-offset-100", "v2-control-commit", "v2-control-abort", "v2-transactional",
        "v2-offset-gaps-after-compaction", "v2-emptied-by-compaction", "v2-delete-horizon",
        "v2-whole-then-cut-short"}) {
    EXPECT_TRUE(validate_stored(kafka_case_named(name).bytes)) << name;
  }
}

TEST(validate_stored, damage_is_told_by_kind) {
  const auto stored_error = [](bytes_view bytes) { return validate_stored(bytes).error(); };
  EXPECT_EQ(stored_error(kafka_case_named("v2-wrong-crc").bytes), errc::crc_mismatch);
  EXPECT_EQ(stored_error(kafka_case_named("v2-cut-short").bytes), errc::no_whole_batch);
  EXPECT_EQ(stored_error(kafka_case_named("v2-magic-3").bytes), errc::unknown_magic);
  EXPECT_EQ(stored_error(kafka_case_named("v2-batch-length-48").bytes), errc::batch_length_invalid);
  EXPECT_EQ(stored_error(kafka_case_named("v1-none").bytes), errc::legacy_magic);
  EXPECT_EQ(stored_error(kafka_case_named("v2-codec-5").bytes), errc::unknown_compression);
  EXPECT_EQ(stored_error(kafka_case_named("v2-count-negative").bytes), errc::record_count_invalid);
  EXPECT_EQ(stored_error(kafka_case_named("v2-last-offset-delta-negative").bytes),
            errc::last_offset_delta_mismatch);
  EXPECT_EQ(stored_error(kafka_case_named("v2-count-4-of-3").bytes),
            errc::last_offset_delta_mismatch);
  byte_buffer negative = small_batch();
  assign_base_offset(negative, offset{-1});
  EXPECT_EQ(stored_error(negative), errc::base_offset_negative);
  assign_base_offset(negative, offset{std::numeric_limits<std::int64_t>::max()});
  EXPECT_EQ(stored_error(negative), errc::last_offset_delta_mismatch);
  EXPECT_EQ(stored_error(byte_buffer(4096)), errc::batch_length_invalid);  // preallocated zeros
}

}  // namespace
}  // namespace tidemill::record
