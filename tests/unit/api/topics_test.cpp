#include <gtest/gtest.h>

#include "api/create_topics.hpp"
#include "protocol/create_topics.hpp"
#include "protocol/delete_topics.hpp"
#include "protocol/describe_configs.hpp"
#include "test_broker.hpp"

namespace tidemill::api {
namespace {

using namespace std::chrono_literals;
using protocol::wire_error;
using test::reply;
using test::test_broker;

protocol::create_topics_request creation_of(std::vector<std::string_view> names) {
  protocol::create_topics_request request;
  for (const auto name : names) {
    auto& topic = request.topics.emplace_back();
    topic.name = name;
    topic.num_partitions = 2;
    topic.replication_factor = 1;
  }
  return request;
}

TEST(create_topics, every_version_makes_a_topic) {
  test_broker broker;
  for (std::int16_t version = 2; version <= 7; ++version) {
    const auto name = "topic" + std::to_string(version);
    const auto answer = broker.ask<protocol::create_topics_response>(creation_of({name}), version);
    ASSERT_TRUE(answer) << version;
    EXPECT_EQ(answer->topics[0].error_code, wire_error::none) << version;
    EXPECT_NE(broker.image().find_topic(name), nullptr);
    if (version >= 5) {
      EXPECT_EQ(answer->topics[0].num_partitions, 2);
      EXPECT_GT(answer->topics[0].configs->size(), 20U);
    }
    EXPECT_EQ(answer->topics[0].topic_id.is_zero(), version < 7);
  }
}

TEST(create_topics, refusals_stand_beside_what_was_made) {
  test_broker broker;
  broker.create_topic("there");
  const auto answer = broker.ask<protocol::create_topics_response>(
      creation_of({"there", "twice", "fresh", "twice", "a b"}), 7);
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->topics.size(), 4U);
  EXPECT_EQ(answer->topics[0].error_code, wire_error::topic_already_exists);
  EXPECT_EQ(answer->topics[1].error_code, wire_error::invalid_request);
  EXPECT_EQ(answer->topics[2].error_code, wire_error::none);
  EXPECT_EQ(answer->topics[3].error_code, wire_error::invalid_topic_exception);
  EXPECT_TRUE(answer->topics[0].error_message);
  EXPECT_EQ(broker.image().find_topic("twice"), nullptr);
}

TEST(create_topics, validate_only_makes_nothing) {
  test_broker broker;
  auto request = creation_of({"tried"});
  request.validate_only = true;
  const auto answer = broker.ask<protocol::create_topics_response>(request, 7);
  EXPECT_EQ(answer->topics[0].error_code, wire_error::none);
  EXPECT_EQ(broker.image().topic_count(), 0U);
}

TEST(create_topics, answered_request_leaves_no_timer) {
  test_broker broker;
  const auto timers = broker.timer_count();
  (void)broker.ask<protocol::create_topics_response>(creation_of({"a"}), 7);
  EXPECT_EQ(broker.timer_count(), timers);
}

TEST(delete_topics, by_name_and_by_id) {
  test_broker broker;
  broker.create_topic("a");
  const auto id = broker.create_topic("b");
  protocol::delete_topics_request by_name;
  by_name.timeout_ms = 1000;
  by_name.topic_names = {"a", "nothing", "b", "b"};
  const auto first = broker.ask<protocol::delete_topics_response>(by_name, 5);
  ASSERT_EQ(first->responses.size(), 3U);
  EXPECT_EQ(first->responses[0].error_code, wire_error::none);
  EXPECT_EQ(first->responses[1].error_code, wire_error::unknown_topic_or_partition);
  EXPECT_EQ(first->responses[2].error_code, wire_error::invalid_request);
  protocol::delete_topics_request by_id;
  by_id.timeout_ms = 1000;
  by_id.topics.resize(3);
  by_id.topics[0].topic_id = id;
  by_id.topics[1].topic_id = uuid{{9}};
  const auto second = broker.ask<protocol::delete_topics_response>(by_id, 6);
  ASSERT_EQ(second->responses.size(), 3U);
  EXPECT_EQ(second->responses[0].name, "b");
  EXPECT_EQ(second->responses[0].error_code, wire_error::none);
  EXPECT_EQ(second->responses[1].error_code, wire_error::unknown_topic_id);
  EXPECT_EQ(second->responses[2].error_code, wire_error::invalid_request);
  EXPECT_EQ(broker.image().topic_count(), 0U);
}

TEST(delete_topics, unknown_id_named_twice_is_refused_once) {
  test_broker broker;
  protocol::delete_topics_request request;
  for (int times = 0; times < 2; ++times) {
    auto& one = request.topics.emplace_back();
    one.name = std::nullopt;
    one.topic_id = make_random_uuid(1, 2);
  }
  const auto answer = broker.ask<protocol::delete_topics_response>(request, 6);
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->responses.size(), 1U);
  EXPECT_EQ(answer->responses[0].error_code, wire_error::invalid_request);
  EXPECT_EQ(answer->responses[0].topic_id, make_random_uuid(1, 2));
}

protocol::describe_configs_request configs_of(std::int8_t kind, std::string_view name) {
  protocol::describe_configs_request request;
  auto& resource = request.resources.emplace_back();
  resource.resource_type = kind;
  resource.resource_name = name;
  resource.configuration_keys = std::nullopt;
  request.include_synonyms = true;
  request.include_documentation = true;
  return request;
}

TEST(describe_configs, topic_shows_value_source_and_synonyms) {
  test_broker broker({.topic_defaults = {{"segment.ms", "5000"}}});
  broker.create_topic("orders", 1, {{"retention.ms", "1000"}});
  auto request = configs_of(2, "orders");
  request.resources[0].configuration_keys = {"retention.ms", "segment.ms", "no.such"};
  for (std::int16_t version = 1; version <= 4; ++version) {
    const auto answer = broker.ask<protocol::describe_configs_response>(request, version);
    ASSERT_TRUE(answer);
    const auto& rows = answer->results[0].configs;
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].value, "1000");
    EXPECT_EQ(rows[0].config_source, 1);
    ASSERT_EQ(rows[0].synonyms.size(), 1U);
    EXPECT_EQ(rows[0].synonyms[0].name, "retention.ms");
    EXPECT_EQ(rows[1].config_source, 4);
    ASSERT_EQ(rows[1].synonyms.size(), 1U);
    EXPECT_EQ(rows[1].synonyms[0].name, "log.roll.ms");
    if (version >= 3) {
      EXPECT_EQ(rows[0].config_type, 5);
      EXPECT_TRUE(rows[0].documentation);
    }
  }
}

TEST(describe_configs, resource_is_described_again_only_so_often) {
  metadata::broker_setting rack;
  rack.name = "broker.rack";
  test_broker broker({.broker_settings = {rack}});
  broker.create_topic("orders");
  for (const auto& [kind, name, other] :
       {std::tuple<std::int8_t, std::string_view, std::string_view>{2, "orders", "orders"},
        {4, "1", "01"}}) {
    auto request = configs_of(kind, name);
    request.resources.push_back(configs_of(kind, other).resources.front());
    auto answer = broker.ask<protocol::describe_configs_response>(request, 4);
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->results.size(), 2U) << "as Kafka does";
    EXPECT_FALSE(answer->results[1].configs.empty());
    request.resources.resize(50'000, request.resources.back());
    answer = broker.ask<protocol::describe_configs_response>(request, 4);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->results.size(), 11U);
  }
}

TEST(describe_configs, built_in_default_is_a_synonym_where_kafkas_brokers_have_one) {
  test_broker broker;
  broker.create_topic("orders");
  const auto synonyms_of = [&](std::string_view name) {
    auto request = configs_of(2, "orders");
    request.resources[0].configuration_keys = {name};
    const auto answer = broker.ask<protocol::describe_configs_response>(request, 4);
    std::vector<std::string> names;
    for (const auto& synonym : answer->results[0].configs[0].synonyms) {
      names.emplace_back(synonym.name);
    }
    return names;
  };
  using names = std::vector<std::string>;
  EXPECT_EQ(synonyms_of("segment.bytes"), names{"log.segment.bytes"});
  EXPECT_EQ(synonyms_of("retention.bytes"), names{"log.retention.bytes"});
  for (const auto* derived : {"retention.ms", "segment.ms", "segment.jitter.ms", "flush.ms",
                              "remote.storage.enable", "tidemill.validation.depth"}) {
    EXPECT_EQ(synonyms_of(derived), names{}) << derived;
  }
}

TEST(describe_configs, values_are_shown_as_they_are_understood) {
  test_broker broker;
  broker.create_topic("orders", 1, {{"preallocate", "FALSE"}, {"segment.ms", " +60000 "}});
  auto request = configs_of(2, "orders");
  request.resources[0].configuration_keys = {"preallocate", "segment.ms"};
  const auto answer = broker.ask<protocol::describe_configs_response>(request, 4);
  const auto& rows = answer->results[0].configs;
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].value, "false");
  EXPECT_EQ(rows[0].synonyms[0].value, "false");
  EXPECT_EQ(rows[1].value, "60000");
}

TEST(describe_configs, broker_setting_without_a_value_is_null) {
  metadata::broker_setting rack;
  rack.name = "broker.rack";
  test_broker broker({.broker_settings = {rack}});
  const auto answer = broker.ask<protocol::describe_configs_response>(configs_of(4, "1"), 4);
  EXPECT_EQ(answer->results[0].configs[0].value, std::nullopt);
  EXPECT_TRUE(answer->results[0].configs[0].synonyms.empty());
}

TEST(describe_configs, broker_shows_its_settings_read_only) {
  metadata::broker_setting setting;
  setting.name = "delete.topic.enable";
  setting.value = "true";
  test_broker broker({.broker_settings = {setting}});
  const auto answer = broker.ask<protocol::describe_configs_response>(configs_of(4, "1"), 4);
  ASSERT_EQ(answer->results[0].configs.size(), 1U);
  EXPECT_TRUE(answer->results[0].configs[0].read_only);
  for (const auto* other : {"2", "x"}) {
    EXPECT_EQ(broker.ask<protocol::describe_configs_response>(configs_of(4, other), 4)
                  ->results[0]
                  .error_code,
              wire_error::invalid_request);
  }
}

TEST(describe_configs, other_kinds_are_refused) {
  test_broker broker;
  for (const int kind : {0, 8, 16, 32, 99}) {
    const auto request = configs_of(static_cast<std::int8_t>(kind), "1");
    const auto answer = broker.ask<protocol::describe_configs_response>(request, 4);
    EXPECT_EQ(answer->results[0].error_code, wire_error::invalid_request) << kind;
    EXPECT_FALSE(answer->results[0].error_message->empty());
  }
}

}  // namespace
}  // namespace tidemill::api
