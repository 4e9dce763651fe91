#include "api/metadata.hpp"

#include <gtest/gtest.h>

#include "protocol/describe_cluster.hpp"
#include "protocol/find_coordinator.hpp"
#include "test_broker.hpp"

namespace tidemill::api {
namespace {

using protocol::wire_error;
using test::test_broker;

protocol::metadata_request about(std::optional<std::vector<std::string_view>> names,
                                 bool create = false) {
  protocol::metadata_request request;
  request.allow_auto_topic_creation = create;
  if (!names) {
    request.topics = std::nullopt;
    return request;
  }
  for (const auto name : *names) {
    request.topics->emplace_back().name = name;
  }
  return request;
}

protocol::metadata_response ask(test_broker& broker, const protocol::metadata_request& request,
                                std::int16_t version) {
  auto answer = broker.ask<protocol::metadata_response>(request, version);
  EXPECT_TRUE(answer) << version;
  return answer ? *answer : protocol::metadata_response{};
}

TEST(metadata, every_version_shows_topic_and_broker) {
  test_broker broker;
  const auto id = broker.create_topic("orders", 3);
  for (std::int16_t version = 0; version <= 13; ++version) {
    const auto answer = ask(broker, about(std::vector<std::string_view>{"orders"}), version);
    ASSERT_EQ(answer.brokers.size(), 1U) << version;
    EXPECT_EQ(answer.brokers[0].host, "broker.test");
    EXPECT_EQ(answer.brokers[0].port, 9092);
    ASSERT_EQ(answer.topics.size(), 1U);
    EXPECT_EQ(answer.topics[0].error_code, wire_error::none);
    EXPECT_EQ(answer.topics[0].partitions.size(), 3U);
    EXPECT_EQ(answer.topics[0].partitions[2].leader_id, broker_id{1});
    EXPECT_EQ(answer.topics[0].topic_id, version >= 10 ? id : topic_id{});
    EXPECT_EQ(answer.controller_id, broker_id{version >= 1 ? 1 : -1});
    EXPECT_EQ(answer.cluster_id.has_value(), version >= 2);
  }
}

TEST(metadata, topic_named_twice_by_id_has_one_row) {
  test_broker broker;
  const auto id = broker.create_topic("orders");
  protocol::metadata_request request;
  for (int times = 0; times < 2; ++times) {
    auto& one = request.topics->emplace_back();
    one.name = std::nullopt;
    one.topic_id = id;
  }
  EXPECT_EQ(ask(broker, request, 12).topics.size(), 1U);
}

TEST(metadata, internal_topics_are_told_by_their_names_and_not_made_on_demand) {
  test_broker broker;
  for (int times = 0; times < 2; ++times) {
    const auto answer =
        ask(broker, about(std::vector<std::string_view>{"__consumer_offsets", "__mine"}, true), 12);
    EXPECT_EQ(answer.topics[0].error_code, wire_error::unknown_topic_or_partition);
    EXPECT_TRUE(answer.topics[0].is_internal);
    EXPECT_FALSE(answer.topics[1].is_internal);
  }
  EXPECT_EQ(broker.image().find_topic("__consumer_offsets"), nullptr);
  EXPECT_NE(broker.image().find_topic("__mine"), nullptr);
}

TEST(metadata, operations_are_told_of_missing_topics_too) {
  test_broker broker;
  auto request = about(std::vector<std::string_view>{"missing", "a b"});
  request.include_topic_authorized_operations = true;
  const auto answer = ask(broker, request, 12);
  ASSERT_EQ(answer.topics.size(), 2U);
  for (const auto& topic : answer.topics) {
    EXPECT_GT(topic.topic_authorized_operations, 0);
  }
}

TEST(metadata, all_topics_are_asked_for_by_an_empty_list_in_0_and_by_null_later) {
  test_broker broker;
  broker.create_topic("a");
  broker.create_topic("b");
  const auto none = about(std::vector<std::string_view>{});
  EXPECT_EQ(ask(broker, none, 0).topics.size(), 2U);
  for (std::int16_t version = 1; version <= 13; ++version) {
    EXPECT_EQ(ask(broker, about(std::nullopt), version).topics.size(), 2U) << version;
    EXPECT_TRUE(ask(broker, none, version).topics.empty()) << version;
  }
}

TEST(metadata, topic_is_made_on_demand_and_there_the_second_time) {
  test_broker broker;
  const auto request = about(std::vector<std::string_view>{"fresh"}, true);
  EXPECT_EQ(ask(broker, request, 12).topics[0].error_code, wire_error::unknown_topic_or_partition);
  EXPECT_EQ(ask(broker, request, 12).topics[0].error_code, wire_error::none);
}

TEST(metadata, nothing_is_made_where_request_or_broker_forbid_it) {
  test_broker willing;
  test_broker unwilling({.auto_create_topics = false});
  const std::vector<std::string_view> names{"fresh"};
  (void)ask(willing, about(names, false), 12);
  (void)ask(unwilling, about(names, true), 12);
  (void)ask(unwilling, about(names, true), 1);
  EXPECT_EQ(willing.image().topic_count(), 0U);
  EXPECT_EQ(unwilling.image().topic_count(), 0U);
  // Before version 4 the request cannot say it and creation is meant.
  (void)ask(willing, about(names), 3 - 1);
  EXPECT_EQ(willing.image().topic_count(), 1U);
}

TEST(metadata, bad_names_are_invalid_and_make_nothing) {
  test_broker broker;
  for (const auto* bad : {"", ".", "..", "a b", "../x", "a/b"}) {
    const auto answer = ask(broker, about(std::vector<std::string_view>{bad}, true), 12);
    EXPECT_EQ(answer.topics[0].error_code, wire_error::invalid_topic_exception) << bad;
  }
  EXPECT_EQ(broker.image().topic_count(), 0U);
}

TEST(metadata, topics_are_found_by_id_from_12_on) {
  test_broker broker;
  const auto id = broker.create_topic("orders");
  protocol::metadata_request request;
  auto& wanted = request.topics->emplace_back();
  wanted.topic_id = id;
  wanted.name = std::nullopt;
  EXPECT_EQ(ask(broker, request, 12).topics[0].name, "orders");
  EXPECT_EQ(ask(broker, request, 11).topics[0].error_code, wire_error::invalid_request);
  wanted.topic_id = uuid{{9}};
  const auto unknown = ask(broker, request, 13);
  EXPECT_EQ(unknown.topics[0].error_code, wire_error::unknown_topic_id);
  EXPECT_FALSE(unknown.topics[0].name);
}

TEST(metadata, a_topic_named_twice_is_answered_once) {
  test_broker broker;
  broker.create_topic("orders");
  EXPECT_EQ(ask(broker, about(std::vector<std::string_view>{"orders", "orders"}), 9).topics.size(),
            1U);
}

TEST(metadata, authorized_operations_are_told_when_asked_for) {
  test_broker broker;
  broker.create_topic("orders");
  auto request = about(std::vector<std::string_view>{"orders"});
  EXPECT_EQ(ask(broker, request, 8).topics[0].topic_authorized_operations,
            std::numeric_limits<std::int32_t>::min());
  request.include_topic_authorized_operations = true;
  EXPECT_EQ(ask(broker, request, 8).topics[0].topic_authorized_operations, 3576);
}

/// Denies everything on one topic.
class one_secret final : public authorizer {
 public:
  [[nodiscard]] bool allows(const network::connection_info&, operation, resource_kind,
                            std::string_view name) const noexcept override {
    return name != "secret";
  }
};

TEST(metadata, a_topic_that_may_not_be_described_is_not_shown) {
  const one_secret rules;
  test_broker broker({.rules = &rules});
  broker.create_topic("secret");
  const auto id = broker.image().find_topic("secret")->id;
  EXPECT_TRUE(ask(broker, about(std::nullopt), 12).topics.empty());
  EXPECT_EQ(ask(broker, about(std::vector<std::string_view>{"secret"}), 12).topics[0].error_code,
            wire_error::topic_authorization_failed);
  protocol::metadata_request by_id;
  by_id.topics->emplace_back().topic_id = id;
  EXPECT_EQ(ask(broker, by_id, 12).topics[0].error_code, wire_error::unknown_topic_id);
}

TEST(describe_cluster, brokers_have_the_address_of_the_listener) {
  test_broker broker;
  for (std::int16_t version = 0; version <= 2; ++version) {
    const auto answer = broker.ask<protocol::describe_cluster_response>(
        protocol::describe_cluster_request{}, version);
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->brokers.size(), 1U);
    EXPECT_EQ(answer->brokers[0].host, "broker.test");
    EXPECT_EQ(answer->controller_id, broker_id{1});
  }
  protocol::describe_cluster_request controllers;
  controllers.endpoint_type = 2;
  const auto refused = broker.ask<protocol::describe_cluster_response>(controllers, 1);
  EXPECT_EQ(refused->error_code, wire_error::mismatched_endpoint_type);
}

TEST(find_coordinator, has_the_offsets_topic_made_and_then_names_the_broker) {
  test_broker broker;
  protocol::find_coordinator_request first;
  first.coordinator_keys = {"group"};
  EXPECT_EQ(broker.ask<protocol::find_coordinator_response>(first, 4)->coordinators[0].error_code,
            wire_error::coordinator_not_available);
  const auto* topic = broker.image().find_topic("__consumer_offsets");
  ASSERT_NE(topic, nullptr);
  EXPECT_TRUE(topic->is_internal);
  EXPECT_EQ(topic->partitions.size(), 50U);
  ASSERT_NE(metadata::find_setting(topic->settings, "cleanup.policy"), nullptr);
  EXPECT_EQ(*metadata::find_setting(topic->settings, "cleanup.policy"), "compact");
  for (std::int16_t version = 0; version <= 6; ++version) {
    protocol::find_coordinator_request request;
    if (version < 4) {
      request.key = "group";
    } else {
      request.coordinator_keys = {"group"};
    }
    const auto answer = broker.ask<protocol::find_coordinator_response>(request, version);
    ASSERT_TRUE(answer) << version;
    EXPECT_EQ(version < 4 ? answer->error_code : answer->coordinators[0].error_code,
              wire_error::none);
    EXPECT_EQ(version < 4 ? answer->node_id : answer->coordinators[0].node_id, broker_id{1});
    EXPECT_EQ(version < 4 ? answer->port : answer->coordinators[0].port, 9092);
  }
  protocol::find_coordinator_request transaction;
  transaction.key_type = 1;
  transaction.coordinator_keys = {"tx"};
  EXPECT_EQ(
      broker.ask<protocol::find_coordinator_response>(transaction, 5)->coordinators[0].error_code,
      wire_error::unsupported_version);
}

}  // namespace
}  // namespace tidemill::api
