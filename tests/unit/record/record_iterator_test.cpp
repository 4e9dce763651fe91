#include "record/record_iterator.hpp"

#include <gtest/gtest.h>

#include <string>

#include "test_batches.hpp"

namespace tidemill::record {
namespace {

using testing::from_hex;
using testing::kafka_case_named;
using testing::small_batch;

std::optional<errc> walk_all(bytes_view records, std::int32_t count) {
  record_iterator iterator(records, count);
  record_view record;
  while (iterator.next(record)) {
    header_iterator headers = record.headers();
    header_view header;
    while (headers.next(header)) {
    }
    if (headers.error()) {
      return headers.error();
    }
  }
  EXPECT_FALSE(iterator.next(record));
  return iterator.error();
}

TEST(record_iterator, records_come_in_order_with_nulls_and_headers) {
  const byte_buffer bytes = small_batch();
  const batch_view batch(bytes);
  record_iterator records(batch);
  record_view record;
  ASSERT_TRUE(records.next(record));
  EXPECT_EQ(as_text(*record.key), "k1");
  EXPECT_EQ(as_text(*record.value), "v1");
  EXPECT_EQ(timestamp_ms_of(batch, record), 1000);
  EXPECT_EQ(offset_of(batch, record), offset{0});
  header_iterator headers = record.headers();
  header_view header;
  ASSERT_TRUE(headers.next(header));
  EXPECT_EQ(as_text(header.key), "h1");
  EXPECT_EQ(as_text(*header.value), "x");
  ASSERT_TRUE(headers.next(header));
  EXPECT_EQ(as_text(header.key), "h2");
  EXPECT_FALSE(header.value);
  EXPECT_FALSE(headers.next(header));
  EXPECT_FALSE(headers.error());

  ASSERT_TRUE(records.next(record));
  EXPECT_FALSE(record.key);
  EXPECT_EQ(timestamp_ms_of(batch, record), 1005);
  ASSERT_TRUE(records.next(record));
  EXPECT_FALSE(record.value);
  EXPECT_EQ(timestamp_ms_of(batch, record), 993);
  EXPECT_EQ(offset_of(batch, record), offset{2});
  EXPECT_FALSE(records.next(record));
  EXPECT_FALSE(records.error());
  EXPECT_EQ(records.index(), 3);
}

TEST(record_iterator, log_append_time_counts_for_every_record) {
  const batch_view batch(kafka_case_named("v2-log-append-time").bytes);
  record_iterator records(batch);
  record_view record;
  while (records.next(record)) {
    EXPECT_EQ(timestamp_ms_of(batch, record), batch.max_timestamp_ms());
  }
  EXPECT_EQ(records.index(), 3);
}

TEST(record_iterator, every_cut_of_the_records_is_an_error) {
  const byte_buffer bytes = small_batch();
  const bytes_view records = batch_view(bytes).records_bytes();
  for (std::size_t size = 0; size < records.size(); ++size) {
    // A copy of the exact size lets the address sanitizer see a read past it.
    const byte_buffer cut(records.begin(), records.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_TRUE(walk_all(cut, 3)) << size;
  }
  EXPECT_FALSE(walk_all(records, 3));
  EXPECT_EQ(walk_all(records, 2), errc::bytes_after_records);
  EXPECT_EQ(walk_all(records, 4), errc::records_missing);
  EXPECT_EQ(walk_all({}, 0), std::nullopt);
  EXPECT_EQ(walk_all({}, 1), errc::records_missing);
}

TEST(record_iterator, malformed_records_are_told_apart) {
  const auto error_of = [](std::string_view hex) { return walk_all(from_hex(hex), 1); };
  EXPECT_EQ(error_of("0c000000010100"), std::nullopt);  // null key, null value
  EXPECT_EQ(error_of("0e000000010100"), errc::record_length_invalid);
  EXPECT_EQ(error_of("01000000010100"), errc::record_length_invalid);
  EXPECT_EQ(error_of("ffffffffff7f"), errc::record_length_invalid);  // more than 32 bits
  EXPECT_EQ(error_of("0a0000000101"), errc::record_field_invalid);
  EXPECT_EQ(error_of("0c000000030100"), errc::record_field_invalid);  // key length -2
  EXPECT_EQ(error_of("0c000000020100"), errc::record_field_invalid);  // no room for the rest
  EXPECT_EQ(error_of("0c000000010400"), errc::record_field_invalid);
  EXPECT_EQ(error_of("0e00000001010000"), errc::record_size_mismatch);
  EXPECT_EQ(error_of("0c000000010101"), errc::record_header_invalid);  // header count -1
  EXPECT_EQ(error_of("0c000000010102"), errc::record_header_invalid);
  EXPECT_EQ(error_of("10000000010102026100"), errc::record_header_invalid);
  EXPECT_EQ(error_of("120000000101020261006100"), errc::bytes_after_records);
  EXPECT_EQ(error_of("12000000010102026100"), std::nullopt);  // header "a" with an empty value
  EXPECT_EQ(error_of("10000000010102"
                     "0101"),
            errc::record_header_key_null);
  EXPECT_EQ(error_of("1000000001010203"
                     "00"),
            errc::record_header_invalid);  // key length -2
  EXPECT_EQ(error_of("10000000010102000"
                     "3"),
            errc::record_header_invalid);  // value length -2
  EXPECT_EQ(error_of("12000000010102000000"), errc::record_size_mismatch);
}

TEST(record_iterator, numbers_up_to_their_widest_form_are_read) {
  // Time delta INT64_MIN in ten bytes, offset delta INT32_MIN in five, padded lengths.
  const byte_buffer bytes = from_hex(
      "2a00ffffffffffffffffff01ffffffff0f818000818000"
      "00");
  record_iterator records(bytes, 1);
  record_view record;
  ASSERT_FALSE(records.next(record));
  const byte_buffer exact = from_hex("2e00ffffffffffffffffff01ffffffff0f81800081800000");
  record_iterator again(exact, 1);
  ASSERT_TRUE(again.next(record));
  EXPECT_EQ(record.timestamp_delta_ms, std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(record.offset_delta, std::numeric_limits<std::int32_t>::min());
  EXPECT_FALSE(record.key);
  EXPECT_FALSE(record.value);
}

}  // namespace
}  // namespace tidemill::record
