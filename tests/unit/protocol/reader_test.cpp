#include "protocol/reader.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "protocol/fetch.hpp"
#include "protocol/heartbeat.hpp"
#include "protocol/metadata.hpp"
#include "protocol/offset_for_leader_epoch.hpp"
#include "protocol/produce.hpp"

namespace tidemill::protocol {
namespace {

/// "00 0a" and "000a" mean the same.
byte_buffer hex(std::string_view text) {
  byte_buffer bytes;
  std::string digits;
  for (const char character : text) {
    if (character != ' ') {
      digits.push_back(character);
    }
  }
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes.push_back(static_cast<std::byte>(std::stoi(digits.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

template <class Message>
errc decode_error(std::string_view text, std::int16_t version) {
  const byte_buffer bytes = hex(text);
  const auto decoded = decode<Message>(bytes, api_version{version});
  EXPECT_FALSE(decoded.has_value());
  EXPECT_TRUE(decoded.has_value() || decoded.error().category() == protocol_category());
  return decoded ? errc{} : static_cast<errc>(decoded.error().value());
}

template <class T>
void ignore(T&&) {}

TEST(reader, integers_are_big_endian) {
  const byte_buffer bytes = hex("01 0102 01020304 8000000000000000 fe");
  reader from(bytes);
  EXPECT_EQ(from.integer<std::int8_t>(), 1);
  EXPECT_EQ(from.integer<std::int16_t>(), 0x0102);
  EXPECT_EQ(from.integer<std::int32_t>(), 0x01020304);
  EXPECT_EQ(from.integer<std::int64_t>(), std::numeric_limits<std::int64_t>::min());
  EXPECT_TRUE(from.boolean());
  EXPECT_FALSE(from.failed());
  EXPECT_EQ(from.size_left(), 0U);
}

TEST(reader, first_error_sticks_and_leaves_nothing_to_read) {
  const byte_buffer bytes = hex("fffe 0001");
  reader from(bytes);
  EXPECT_EQ(from.string(false), "");
  EXPECT_EQ(from.error(), errc::invalid_length);
  EXPECT_EQ(from.integer<std::int8_t>(), 0);
  EXPECT_EQ(from.error(), errc::invalid_length);
  EXPECT_EQ(from.size_left(), 0U);
}

TEST(reader, varint_of_five_bytes_reads_all_32_bits) {
  const byte_buffer bytes = hex("ffffffff0f");
  reader from(bytes);
  EXPECT_EQ(from.unsigned_varint(), 0xffffffffU);
  EXPECT_FALSE(from.failed());
}

TEST(reader, varint_above_32_bits_is_refused) {
  for (const char* const text : {"ffffffff1f", "ffffffffff01", "808080808000", "8080808080"}) {
    const byte_buffer bytes = hex(text);
    reader from(bytes);
    EXPECT_EQ(from.unsigned_varint(), 0U) << text;
    EXPECT_EQ(from.error(), errc::invalid_varint) << text;
  }
}

TEST(reader, varint_cut_short_is_truncated) {
  const byte_buffer bytes = hex("8080");
  reader from(bytes);
  EXPECT_EQ(from.unsigned_varint(), 0U);
  EXPECT_EQ(from.error(), errc::truncated);
}

TEST(reader, string_above_32767_bytes_is_refused_in_the_compact_form) {
  byte_buffer bytes = hex("818002");  // 32768 + 1
  bytes.resize(bytes.size() + 40000);
  reader from(bytes);
  ignore(from.string(true));
  EXPECT_EQ(from.error(), errc::invalid_length);
}

TEST(reader, null_string_is_refused_unless_allowed) {
  const byte_buffer bytes = hex("ffff ffff 00");
  reader from(bytes);
  EXPECT_EQ(from.nullable_string(false, true), std::nullopt);
  EXPECT_FALSE(from.failed());
  ignore(from.string(false));
  EXPECT_EQ(from.error(), errc::null_not_allowed);
}

TEST(reader, empty_string_is_not_null) {
  const byte_buffer bytes = hex("0000 01");
  reader from(bytes);
  EXPECT_EQ(from.nullable_string(false, true), "");
  EXPECT_EQ(from.nullable_string(true, true), "");
  EXPECT_FALSE(from.failed());
}

TEST(reader, views_point_into_the_frame) {
  const byte_buffer bytes = hex("0003 616263 00000002 0102");
  reader from(bytes);
  const auto text = from.string(false);
  EXPECT_EQ(static_cast<const void*>(text.data()), bytes.data() + 2);
  EXPECT_EQ(from.bytes(false).data(), bytes.data() + 9);
}

TEST(reader, skip_tags_passes_over_unknown_fields) {
  const byte_buffer bytes = hex("02 05 02 aabb e807 00 7f");
  reader from(bytes);
  from.skip_tags();
  EXPECT_FALSE(from.failed());
  EXPECT_EQ(from.integer<std::int8_t>(), 0x7f);
}

// Metadata v9 request: array of topics, three flags, tags.
// -----------------------------------------

TEST(hostile_count, of_two_billion_elements_is_refused_before_allocating) {
  EXPECT_EQ(decode_error<metadata_request>("7fffffff", 4), errc::truncated);
  EXPECT_EQ(decode_error<metadata_request>("7fffffff 0001 61", 8), errc::truncated);
  EXPECT_EQ(decode_error<metadata_request>("ffffffff0f", 9), errc::truncated);
  EXPECT_EQ(decode_error<metadata_request>("ffffffff0f 0000000000", 9), errc::truncated);
  EXPECT_EQ(decode_error<produce_request>("ffff ffff 00000001 7fffffff", 3), errc::truncated);
}

TEST(hostile_count, below_minus_one_is_refused) {
  EXPECT_EQ(decode_error<metadata_request>("80000000", 4), errc::invalid_length);
  EXPECT_EQ(decode_error<metadata_request>("fffffffe", 4), errc::invalid_length);
}

TEST(hostile_count, of_null_is_refused_where_the_version_does_not_allow_it) {
  EXPECT_EQ(decode_error<metadata_request>("ffffffff", 0), errc::null_not_allowed);
  EXPECT_TRUE(decode<metadata_request>(hex("ffffffff"), api_version{1}).has_value());
}

TEST(hostile_length, of_records_is_refused) {
  const std::string head = "ffff ffff 00000001 00000001 0001 61 00000001 00000000 ";
  EXPECT_EQ(decode_error<produce_request>(head + "7fffffff", 3), errc::truncated);
  EXPECT_EQ(decode_error<produce_request>(head + "80000000", 3), errc::invalid_length);
  EXPECT_EQ(decode_error<produce_request>(head + "00000002 01", 3), errc::truncated);
  EXPECT_TRUE(decode<produce_request>(hex(head + "00000001 01"), api_version{3}).has_value());
}

TEST(hostile_length, of_string_is_refused) {
  EXPECT_EQ(decode_error<heartbeat_request>("8000", 0), errc::invalid_length);
  EXPECT_EQ(decode_error<heartbeat_request>("7fff 61", 0), errc::truncated);
  EXPECT_EQ(decode_error<heartbeat_request>("ffffffff0f", 4), errc::invalid_length);
  EXPECT_EQ(decode_error<heartbeat_request>("ffffffffff", 4), errc::invalid_varint);
}

TEST(hostile_tags, out_of_order_or_repeated_are_refused) {
  // Empty metadata v12 request, then its tag section.
  const std::string head = "01 00 00 ";
  EXPECT_TRUE(decode<metadata_request>(hex(head + "02 01 00 02 00"), api_version{12}).has_value());
  EXPECT_EQ(decode_error<metadata_request>(head + "02 02 00 01 00", 12), errc::tags_out_of_order);
  EXPECT_EQ(decode_error<metadata_request>(head + "02 01 00 01 00", 12), errc::tags_out_of_order);
}

TEST(hostile_tags, count_and_size_beyond_the_rest_are_refused) {
  const std::string head = "01 00 00 ";
  EXPECT_EQ(decode_error<metadata_request>(head + "ffffffff0f", 12), errc::truncated);
  EXPECT_EQ(decode_error<metadata_request>(head + "01 05 ffffffff0f", 12), errc::truncated);
  EXPECT_EQ(decode_error<metadata_request>(head + "01 05 02 00", 12), errc::truncated);
}

TEST(hostile_tags, known_field_with_bytes_left_over_is_refused) {
  // Fetch v12: tag 0 is cluster_id, a string; the field says 3 bytes, the string takes 2.
  const std::string head = "ffffffff 00000000 00000000 00000000 00 00000000 00000000 01 01 01 ";
  EXPECT_TRUE(decode<fetch_request>(hex(head + "01 00 02 02 61"), api_version{12}).has_value());
  EXPECT_EQ(decode_error<fetch_request>(head + "01 00 03 02 61 00", 12), errc::trailing_bytes);
  EXPECT_EQ(decode_error<fetch_request>(head + "01 00 01 02 61", 12), errc::truncated);
}

TEST(budget, small_elements_of_a_large_frame_are_bounded) {
  // 1 MiB of empty topics (3 bytes each on the wire, more than 50 in memory).
  constexpr std::size_t topic_count = 350'000;
  byte_buffer bytes = hex("00 ffff 00000000");
  for (const char* const count : {"b1ae15"}) {  // 350,000 + 1
    const byte_buffer encoded = hex(count);
    bytes.insert(bytes.end(), encoded.begin(), encoded.end());
  }
  for (std::size_t i = 0; i < topic_count; ++i) {
    bytes.insert(bytes.end(), {std::byte{1}, std::byte{1}, std::byte{0}});
  }
  bytes.push_back(std::byte{0});
  const auto refused = decode<produce_request>(bytes, api_version{9});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error(), make_error_code(errc::budget_exceeded));

  reader generous(bytes, 1 << 30);
  const auto accepted = decode<produce_request>(generous, api_version{9});
  ASSERT_TRUE(accepted.has_value());
  EXPECT_EQ(accepted->topic_data.size(), topic_count);
}

TEST(decode, large_message_may_not_grow_like_a_small_one) {
  EXPECT_EQ(array_budget_bytes_for(1'000), 65'536U + 16'000U);
  EXPECT_EQ(array_budget_bytes_for(100U << 20U), (16U << 20U) + (200U << 20U));
}

TEST(decode, elements_of_all_arrays_together_are_limited) {
  const byte_buffer bytes = hex("00000003 000161 000162 000163");
  reader enough(bytes);
  enough.limit_elements(3);
  EXPECT_TRUE(decode<metadata_request>(enough, api_version{1}).has_value());
  reader few(bytes);
  few.limit_elements(2);
  EXPECT_EQ(decode<metadata_request>(few, api_version{1}).error(),
            make_error_code(errc::too_many_elements));
}

TEST(decode, refuses_versions_outside_of_the_schema) {
  EXPECT_EQ(decode_error<produce_request>("", 2), errc::unsupported_version);
  EXPECT_EQ(decode_error<produce_request>("", 14), errc::unsupported_version);
  EXPECT_EQ(decode_error<produce_request>("", -1), errc::unsupported_version);
}

TEST(decode, field_that_the_version_lacks_has_its_default) {
  const byte_buffer bytes = hex("fffffffe 00000000");  // v2 has no replica_id
  const auto decoded =
      decode<offset_for_leader_epoch_request>(bytes_view(bytes).subspan(4), api_version{2});
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->replica_id, broker_id{-2});
}

}  // namespace
}  // namespace tidemill::protocol
