#include "protocol/frame.hpp"

#include <gtest/gtest.h>

#include "protocol/api_versions.hpp"
#include "protocol/error.hpp"
#include "protocol/fetch.hpp"
#include "protocol/heartbeat.hpp"

namespace tidemill::protocol {
namespace {

/// A request header with client id "ab"; flexible headers get an empty tag section.
byte_buffer header_bytes(std::int16_t key, std::int16_t version, bool flexible) {
  writer to;
  to.integer(key);
  to.integer(version);
  to.integer(std::int32_t{42});
  to.string("ab", false);
  if (flexible) {
    to.unsigned_varint(0);
  }
  return to.finish()->bytes;
}

TEST(request_header, follows_from_key_and_version) {
  for (const api_description& api : api_table) {
    for (std::int16_t version = api.version_min; version <= api.version_max; ++version) {
      const bool flexible = version >= api.flexible_since;
      const byte_buffer bytes = header_bytes(static_cast<std::int16_t>(api.key), version, flexible);
      reader from(bytes);
      const auto header = decode_request_header(from);
      ASSERT_TRUE(header.has_value()) << api.name << " v" << version;
      EXPECT_EQ(header->api_key, static_cast<std::int16_t>(api.key));
      EXPECT_EQ(header->api_version, api_version{version});
      EXPECT_EQ(header->correlation_id, correlation_id{42});
      EXPECT_EQ(header->client_id, "ab");
      EXPECT_EQ(from.size_left(), 0U);
    }
  }
}

TEST(request_header, of_a_version_too_new_can_be_read) {
  const byte_buffer bytes = header_bytes(18, 99, true);
  reader from(bytes);
  const auto header = decode_request_header(from);
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(header->api_version, api_version{99});
  EXPECT_EQ(from.size_left(), 0U);
}

TEST(request_header, of_an_unknown_api_is_refused) {
  for (const std::int16_t key : std::initializer_list<std::int16_t>{-1, 4, 5, 6, 7, 93, 32767}) {
    const byte_buffer bytes = header_bytes(key, 0, false);
    reader from(bytes);
    const auto header = decode_request_header(from);
    ASSERT_FALSE(header.has_value());
    EXPECT_EQ(header.error(), make_error_code(errc::unknown_api)) << key;
  }
}

TEST(request_header, cut_short_is_refused) {
  const byte_buffer bytes = header_bytes(12, 4, true);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    reader from(bytes_view(bytes).first(size));
    EXPECT_FALSE(decode_request_header(from).has_value()) << size;
  }
}

TEST(response_header, of_api_versions_is_never_flexible) {
  EXPECT_EQ(response_header_version(describe(api_key::api_versions), api_version{4}),
            api_version{0});
  EXPECT_EQ(response_header_version(describe(api_key::heartbeat), api_version{3}), api_version{0});
  EXPECT_EQ(response_header_version(describe(api_key::heartbeat), api_version{4}), api_version{1});
}

TEST(response_frame, says_its_size) {
  const auto frame = encode_response(heartbeat_response{}, api_version{4}, correlation_id{7});
  ASSERT_TRUE(frame.has_value());
  reader from(frame->bytes);
  EXPECT_EQ(from.integer<std::int32_t>(), static_cast<std::int32_t>(frame->bytes.size() - 4));
  const auto header = decode<response_header>(from, api_version{1});
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(header->correlation_id, correlation_id{7});
  EXPECT_TRUE(decode<heartbeat_response>(from.rest(), api_version{4}).has_value());
}

TEST(response_frame, counts_external_slices) {
  fetch_response response;
  response.responses.emplace_back().partitions.emplace_back().records = records::external(0, 1000);
  const auto frame = encode_response(response, api_version{12}, correlation_id{7});
  ASSERT_TRUE(frame.has_value());
  reader from(frame->bytes);
  EXPECT_EQ(from.integer<std::int32_t>(), static_cast<std::int32_t>(frame->bytes.size() + 996));
  EXPECT_EQ(frame->size_bytes(), frame->bytes.size() + 1000);
}

TEST(response_frame, larger_than_its_size_field_is_an_error) {
  fetch_response response;
  auto& topic = response.responses.emplace_back();
  topic.partitions.resize(2);
  topic.partitions[0].records = records::external(0, 2'000'000'000);
  topic.partitions[1].records = records::external(1, 2'000'000'000);
  const auto frame = encode_response(response, api_version{12}, correlation_id{7});
  ASSERT_FALSE(frame.has_value());
  EXPECT_EQ(frame.error(), make_error_code(errc::value_too_long));
}

TEST(api_table, ascends_and_finds_every_key) {
  std::int16_t last = -1;
  for (const api_description& api : api_table) {
    EXPECT_GT(static_cast<std::int16_t>(api.key), last);
    last = static_cast<std::int16_t>(api.key);
    EXPECT_EQ(find_api(last), &api);
    EXPECT_LE(api.version_min, api.version_max);
    EXPECT_TRUE(api.broker_listener || api.controller_listener);
  }
  EXPECT_EQ(api_table.size(), 89U);
  EXPECT_EQ(describe(api_key::init_producer_id).version_max, 5);
}

TEST(wire_error, names_are_those_of_the_protocol) {
  EXPECT_EQ(to_string(wire_error::unknown_server_error), "UNKNOWN_SERVER_ERROR");
  EXPECT_EQ(to_string(wire_error::none), "NONE");
  EXPECT_EQ(to_string(wire_error::not_leader_or_follower), "NOT_LEADER_OR_FOLLOWER");
  EXPECT_EQ(to_string(wire_error::invalid_record), "INVALID_RECORD");
  EXPECT_EQ(static_cast<int>(wire_error::unsupported_version), 35);
  EXPECT_EQ(static_cast<int>(wire_error::unknown_topic_id), 100);
  EXPECT_EQ(to_string(static_cast<wire_error>(1000)), "UNKNOWN");
  EXPECT_EQ(to_string(static_cast<wire_error>(-2)), "UNKNOWN");
}

}  // namespace
}  // namespace tidemill::protocol
