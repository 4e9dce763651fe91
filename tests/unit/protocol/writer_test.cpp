#include "protocol/writer.hpp"

#include <gtest/gtest.h>

#include "protocol/fetch.hpp"
#include "protocol/message.hpp"
#include "protocol/metadata.hpp"
#include "protocol/produce.hpp"

namespace tidemill::protocol {
namespace {

template <class Message>
result<encoded_message> encoded(const Message& value, std::int16_t version) {
  writer to;
  TIDEMILL_TRY(encode(to, value, api_version{version}));
  return to.finish();
}

template <class Message>
error_code encode_error(const Message& value, std::int16_t version) {
  const auto outcome = encoded(value, version);
  return outcome ? error_code{} : outcome.error();
}

TEST(writer, recycled_buffer_is_used_again) {
  byte_buffer old(1000);
  const std::byte* const memory = old.data();
  writer to(std::move(old));
  to.integer(std::int32_t{7});
  const auto message = to.finish();
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(message->bytes.size(), 4U);
  EXPECT_EQ(message->bytes.data(), memory);
}

TEST(writer, grows_past_its_first_allocation) {
  writer to;
  for (std::int32_t i = 0; i < 10'000; ++i) {
    to.integer(i);
  }
  const auto message = to.finish();
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(message->bytes.size(), 40'000U);
}

TEST(writer, tag_of_more_than_127_bytes_takes_a_longer_prefix) {
  const std::string text(300, 'x');
  writer to;
  const auto payload = to.begin_tag(5);
  to.string(text, true);
  to.end_tag(payload);
  const auto message = to.finish();
  ASSERT_TRUE(message.has_value());
  reader from(message->bytes);
  EXPECT_EQ(from.unsigned_varint(), 5U);
  EXPECT_EQ(from.unsigned_varint(), 302U);
  EXPECT_EQ(from.string(true), text);
  EXPECT_EQ(from.size_left(), 0U);
}

TEST(writer, string_too_long_is_an_error) {
  const std::string text(string_size_bytes_max + 1, 'x');
  metadata_response response;
  response.cluster_id = text;
  EXPECT_EQ(encode_error(response, 2), make_error_code(errc::value_too_long));
  EXPECT_EQ(encode_error(response, 9), make_error_code(errc::value_too_long));
}

TEST(encode, null_where_the_version_forbids_it_is_an_error) {
  metadata_request request;
  request.topics = std::nullopt;
  EXPECT_EQ(encode_error(request, 0), make_error_code(errc::null_not_allowed));
  EXPECT_FALSE(encode_error(request, 1));
}

TEST(encode, field_that_the_version_lacks_is_an_error_unless_ignorable_or_default) {
  metadata_request metadata;
  metadata.allow_auto_topic_creation = false;  // from v4 on, and not ignorable
  EXPECT_EQ(encode_error(metadata, 3), make_error_code(errc::field_not_in_version));
  EXPECT_FALSE(encode_error(metadata, 4));
  metadata.allow_auto_topic_creation = true;
  EXPECT_FALSE(encode_error(metadata, 3));

  metadata_response response;
  response.cluster_id = "c";  // from v2 on, ignorable
  EXPECT_FALSE(encode_error(response, 0));
}

TEST(encode, refuses_versions_outside_of_the_schema) {
  EXPECT_EQ(encode_error(produce_response{}, 14), make_error_code(errc::unsupported_version));
}

TEST(external_records, leave_a_gap_at_the_right_place) {
  fetch_response response;
  auto& topic = response.responses.emplace_back();
  topic.topic = "t";
  const byte_buffer content(5, std::byte{0x55});
  topic.partitions.resize(3);
  topic.partitions[0].records = records::external(7, 100);
  topic.partitions[1].records = records::inline_bytes(content);
  topic.partitions[2].records = records::external(8, 300);

  for (const std::int16_t version : {std::int16_t{4}, std::int16_t{12}}) {
    const auto message = encoded(response, version);
    ASSERT_TRUE(message.has_value());
    ASSERT_EQ(message->external_slices.size(), 2U);
    EXPECT_EQ(message->external_slices[0].index, 7U);
    EXPECT_EQ(message->external_slices[1].index, 8U);
    EXPECT_EQ(message->size_bytes(), message->bytes.size() + 400);

    // What the network layer sends is what an encoding with the bytes inside gives.
    byte_buffer sent;
    std::size_t position = 0;
    for (const external_slice& slice : message->external_slices) {
      sent.insert(sent.end(), message->bytes.begin() + static_cast<std::ptrdiff_t>(position),
                  message->bytes.begin() + static_cast<std::ptrdiff_t>(slice.buffer_position));
      sent.resize(sent.size() + slice.size_bytes, std::byte{0x77});
      position = slice.buffer_position;
    }
    sent.insert(sent.end(), message->bytes.begin() + static_cast<std::ptrdiff_t>(position),
                message->bytes.end());
    const byte_buffer first(100, std::byte{0x77});
    const byte_buffer last(300, std::byte{0x77});
    fetch_response inside = response;
    inside.responses[0].partitions[0].records = records::inline_bytes(first);
    inside.responses[0].partitions[2].records = records::inline_bytes(last);
    const auto expected = encoded(inside, version);
    ASSERT_TRUE(expected.has_value());
    EXPECT_EQ(sent, expected->bytes);
  }
}

TEST(external_records, of_more_than_two_gigabytes_are_an_error) {
  fetch_response response;
  response.responses.emplace_back().partitions.emplace_back().records =
      records::external(0, std::uint64_t{1} << 31);
  EXPECT_EQ(encode_error(response, 12), make_error_code(errc::value_too_long));
}

}  // namespace
}  // namespace tidemill::protocol
