#include "api/api_versions.hpp"

#include <gtest/gtest.h>

#include "api/served_apis.hpp"
#include "protocol/metadata.hpp"
#include "test_broker.hpp"

namespace tidemill::api {
namespace {

using protocol::wire_error;
using test::reply;
using test::test_broker;

protocol::api_versions_request asked_by(std::string_view name, std::string_view version) {
  return {name, version};
}

TEST(api_versions, every_version_lists_what_is_served) {
  test_broker broker;
  for (std::int16_t version = 0; version <= 4; ++version) {
    const auto answer =
        broker.ask<protocol::api_versions_response>(asked_by("kcat", "1.7.1"), version);
    ASSERT_TRUE(answer) << version;
    EXPECT_EQ(answer->error_code, wire_error::none);
    ASSERT_EQ(answer->api_keys.size(), served_apis().size());
    EXPECT_TRUE(answer->finalized_features.empty());
    EXPECT_TRUE(answer->supported_features.empty());
  }
}

TEST(api_versions, produce_is_advertised_from_0_and_served_from_3) {
  test_broker broker;
  const auto answer = broker.ask<protocol::api_versions_response>(asked_by("a", "1"), 0);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->api_keys.front().api_key, 0);
  EXPECT_EQ(answer->api_keys.front().min_version, 0);
  EXPECT_EQ(answer->api_keys.front().max_version, 13);
  const auto refused = broker.submit(test::header_bytes(0, 2, false));
  EXPECT_EQ(refused->what, reply::kind::closed);
}

TEST(api_versions, served_ranges_lie_inside_the_schemas) {
  for (const auto& api : served_apis()) {
    const auto& schema = protocol::describe(api.key);
    EXPECT_GE(api.version_min, schema.version_min) << schema.name;
    EXPECT_LE(api.version_max, schema.version_max) << schema.name;
    EXPECT_LE(api.advertised_min, api.version_min) << schema.name;
  }
}

TEST(api_versions, newer_version_gets_error_35_in_a_v0_body_with_its_own_range) {
  test_broker broker;
  for (const std::int16_t version : {std::int16_t{5}, std::int16_t{99}, std::int16_t{32767}}) {
    auto frame = test::header_bytes(18, version, true);
    frame.push_back(std::byte{0xFF});
    const auto sent = broker.submit(std::move(frame));
    const auto answer = test_broker::decode<protocol::api_versions_response>(*sent, 0);
    ASSERT_TRUE(answer) << version;
    EXPECT_EQ(answer->error_code, wire_error::unsupported_version);
    ASSERT_EQ(answer->api_keys.size(), 1U);
    EXPECT_EQ(answer->api_keys[0].api_key, 18);
    EXPECT_EQ(answer->api_keys[0].min_version, 0);
    EXPECT_EQ(answer->api_keys[0].max_version, 4);
  }
}

TEST(api_versions, software_name_is_kept_with_the_connection) {
  test_broker broker;
  (void)broker.ask<protocol::api_versions_response>(asked_by("librdkafka", "2.0.2"), 3, 9);
  EXPECT_EQ(broker.connection(9).client_software_name, "librdkafka");
  EXPECT_EQ(broker.connection(9).client_software_version, "2.0.2");
}

TEST(api_versions, bad_software_name_gets_invalid_request) {
  test_broker broker;
  for (const auto* bad : {"", " ", "a b", "-a", "a-", ".a", "a.", "a\n", "\xC3\xA4"}) {
    const auto by_name = broker.ask<protocol::api_versions_response>(asked_by(bad, "1"), 3);
    ASSERT_TRUE(by_name);
    EXPECT_EQ(by_name->error_code, wire_error::invalid_request) << bad;
    const auto by_version = broker.ask<protocol::api_versions_response>(asked_by("a", bad), 3);
    ASSERT_TRUE(by_version);
    EXPECT_EQ(by_version->error_code, wire_error::invalid_request) << bad;
  }
}

TEST(software_name, letters_digits_dots_and_dashes_inside_are_fine) {
  for (const auto* good : {"a", "9", "a-b.c", "apache-kafka-java", "1.7.1", "a--b", "a..b"}) {
    EXPECT_TRUE(is_software_name(good)) << good;
  }
}

TEST(request_dispatch, unknown_api_closes_and_says_why) {
  test_broker broker;
  const auto sent = broker.submit(test::header_bytes(999, 0, false));
  EXPECT_EQ(sent->what, reply::kind::closed);
  const auto known = broker.submit(test::header_bytes(24, 2, false));
  EXPECT_EQ(known->what, reply::kind::closed);
  EXPECT_NE(known->reason.find("AddPartitionsToTxn"), std::string::npos) << known->reason;
  EXPECT_NE(known->reason.find("version 2"), std::string::npos) << known->reason;
  EXPECT_NE(known->reason.find("tester"), std::string::npos) << known->reason;
}

TEST(request_dispatch, versions_around_the_served_range_close) {
  test_broker broker;
  for (const auto& api : served_apis()) {
    if (api.key == protocol::api_key::api_versions) {
      continue;
    }
    const auto key = static_cast<std::int16_t>(api.key);
    for (const auto version : {api.version_min - 1, api.version_max + 1}) {
      const auto sent =
          broker.submit(test::header_bytes(key, static_cast<std::int16_t>(version), true));
      EXPECT_EQ(sent->what, reply::kind::closed) << key << " version " << version;
    }
  }
}

TEST(request_dispatch, every_cut_of_a_request_closes_or_answers) {
  test_broker broker;
  protocol::metadata_request request;
  request.topics->emplace_back().name = "topic";
  const auto whole = test_broker::frame_of(request, 12);
  for (std::size_t size = 1; size < whole.size(); ++size) {
    const auto sent = broker.submit({whole.begin(), whole.begin() + static_cast<long>(size)});
    broker.settle();
    EXPECT_EQ(sent->what, reply::kind::closed) << size;
  }
}

TEST(request_dispatch, only_produce_may_be_pipelined) {
  test_broker broker;
  EXPECT_TRUE(broker.may_pipeline(test::header_bytes(0, 9, true)));
  for (const int key : {1, 3, 18, 19, 999}) {
    EXPECT_FALSE(broker.may_pipeline(test::header_bytes(static_cast<std::int16_t>(key), 0, false)))
        << key;
  }
  EXPECT_FALSE(broker.may_pipeline({}));
}

}  // namespace
}  // namespace tidemill::api
