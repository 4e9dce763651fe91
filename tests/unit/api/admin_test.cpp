#include <gtest/gtest.h>

#include "metadata/image.hpp"
#include "protocol/alter_partition_reassignments.hpp"
#include "protocol/alter_replica_log_dirs.hpp"
#include "protocol/create_acls.hpp"
#include "protocol/create_partitions.hpp"
#include "protocol/create_topics.hpp"
#include "protocol/delete_records.hpp"
#include "protocol/describe_log_dirs.hpp"
#include "protocol/describe_producers.hpp"
#include "protocol/describe_quorum.hpp"
#include "protocol/describe_topic_partitions.hpp"
#include "protocol/elect_leaders.hpp"
#include "protocol/list_config_resources.hpp"
#include "protocol/unregister_broker.hpp"
#include "protocol/update_features.hpp"
#include "test_broker.hpp"

namespace tidemill::api {
namespace {

using protocol::wire_error;
using test::test_broker;

protocol::create_partitions_request growth(std::string_view name, std::int32_t count) {
  protocol::create_partitions_request request;
  request.timeout_ms = 10'000;
  auto& topic = request.topics.emplace_back();
  topic.name = name;
  topic.count = count;
  topic.assignments = std::nullopt;
  return request;
}

TEST(create_partitions, topic_grows_in_every_version) {
  test_broker broker;
  broker.create_topic("t");
  const auto before = broker.image().find_topic("t")->partitions.size();
  for (std::int16_t version = 0; version <= 3; ++version) {
    const auto count = static_cast<std::int32_t>(before) + version + 1;
    const auto answer =
        broker.ask<protocol::create_partitions_response>(growth("t", count), version);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->results[0].error_code, wire_error::none);
    EXPECT_EQ(broker.image().find_topic("t")->partitions.size(), static_cast<std::size_t>(count));
  }
}

TEST(create_partitions, refusals_say_what_is_wrong) {
  test_broker broker;
  broker.create_topic("t");
  const auto error = [&](const protocol::create_partitions_request& request) {
    return broker.ask<protocol::create_partitions_response>(request, 3)->results[0].error_code;
  };
  const auto now = static_cast<std::int32_t>(broker.image().find_topic("t")->partitions.size());
  EXPECT_EQ(error(growth("t", now)), wire_error::invalid_partitions);
  EXPECT_EQ(error(growth("t", -1)), wire_error::invalid_partitions);
  EXPECT_EQ(error(growth("nosuch", 3)), wire_error::unknown_topic_or_partition);
  EXPECT_EQ(error(growth("t", 2'000'000)), wire_error::policy_violation);
  auto twice = growth("t", now + 1);
  twice.topics.push_back(twice.topics.front());
  EXPECT_EQ(error(twice), wire_error::invalid_request);
  auto by_hand = growth("t", now + 2);
  by_hand.topics[0].assignments.emplace();
  by_hand.topics[0].assignments->emplace_back().broker_ids = {broker_id{1}};
  EXPECT_EQ(error(by_hand), wire_error::invalid_replica_assignment) << "one is missing";
  by_hand.topics[0].assignments->emplace_back().broker_ids = {broker_id{7}};
  EXPECT_EQ(error(by_hand), wire_error::invalid_replica_assignment) << "no such broker";
  by_hand.topics[0].assignments->back().broker_ids = {broker_id{1}};
  by_hand.validate_only = true;
  EXPECT_EQ(error(by_hand), wire_error::none);
  EXPECT_EQ(broker.image().find_topic("t")->partitions.size(), static_cast<std::size_t>(now));
}

protocol::delete_records_request deletion(std::string_view name, std::int32_t index,
                                          std::int64_t to) {
  protocol::delete_records_request request;
  request.timeout_ms = 10'000;
  auto& topic = request.topics.emplace_back();
  topic.name = name;
  auto& partition = topic.partitions.emplace_back();
  partition.partition_index = partition_index{index};
  partition.offset = offset{to};
  return request;
}

TEST(delete_records, errors_are_those_of_kafka) {
  test_broker broker;
  broker.create_topic("t");
  protocol::create_topics_request compacted;
  compacted.timeout_ms = 10'000;
  auto& topic = compacted.topics.emplace_back();
  topic.name = "compacted";
  topic.num_partitions = 1;
  topic.replication_factor = 1;
  auto& setting = topic.configs.emplace_back();
  setting.name = "cleanup.policy";
  setting.value = "compact";
  (void)broker.ask<protocol::create_topics_response>(compacted, 7);
  const auto asked = [&](std::string_view name, std::int32_t index, std::int64_t to) {
    return broker.ask<protocol::delete_records_response>(deletion(name, index, to), 2)
        ->topics[0]
        .partitions[0];
  };
  EXPECT_EQ(asked("t", 0, 0).error_code, wire_error::none);
  EXPECT_EQ(asked("t", 0, 0).low_watermark, offset{0});
  EXPECT_EQ(asked("t", 0, -1).error_code, wire_error::none);
  EXPECT_EQ(asked("t", 0, -2).error_code, wire_error::offset_out_of_range);
  EXPECT_EQ(asked("t", 0, 5).error_code, wire_error::offset_out_of_range);
  EXPECT_EQ(asked("t", 99, 0).error_code, wire_error::unknown_topic_or_partition);
  EXPECT_EQ(asked("compacted", 0, 0).error_code, wire_error::policy_violation);
}

TEST(describe_log_dirs, one_directory_with_what_was_asked_for) {
  test_broker broker;
  broker.create_topic("t");
  protocol::describe_log_dirs_request all;
  all.topics = std::nullopt;
  const auto answer = broker.ask<protocol::describe_log_dirs_response>(all, 4);
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->results.size(), 1U);
  EXPECT_FALSE(answer->results[0].log_dir.empty());
  EXPECT_GT(answer->results[0].total_bytes, 0);
  ASSERT_EQ(answer->results[0].topics.size(), 1U);
  EXPECT_EQ(answer->results[0].topics[0].partitions.size(),
            broker.image().find_topic("t")->partitions.size());
  protocol::describe_log_dirs_request nothing;
  nothing.topics.emplace();
  EXPECT_TRUE(
      broker.ask<protocol::describe_log_dirs_response>(nothing, 4)->results[0].topics.empty());
}

TEST(describe_topic_partitions, answers_come_in_pages) {
  test_broker broker;
  for (const auto name : {"b", "a"}) {
    broker.create_topic(name);
    (void)broker.ask<protocol::create_partitions_response>(growth(name, 3), 3);
  }
  protocol::describe_topic_partitions_request request;
  request.response_partition_limit = 2;
  std::vector<std::string> seen;
  for (int page = 0; page < 3; ++page) {
    const auto answer = broker.ask<protocol::describe_topic_partitions_response>(request, 0);
    ASSERT_TRUE(answer);
    for (const auto& topic : answer->topics) {
      for (const auto& partition : topic.partitions) {
        seen.push_back(std::string(*topic.name) +
                       std::to_string(partition.partition_index.value()));
      }
    }
    EXPECT_EQ(answer->next_cursor.has_value(), page < 2);
    if (answer->next_cursor) {
      request.cursor.emplace();
      request.cursor->topic_name = answer->next_cursor->topic_name == "a" ? "a" : "b";
      request.cursor->partition_index = answer->next_cursor->partition_index;
    }
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"a0", "a1", "a2", "b0", "b1", "b2"}));
}

TEST(describe_topic_partitions, what_is_missing_or_wrong_is_said) {
  test_broker broker;
  protocol::describe_topic_partitions_request request;
  request.topics.emplace_back().name = "nosuch";
  request.topics.emplace_back().name = "a b";
  const auto answer = broker.ask<protocol::describe_topic_partitions_response>(request, 0);
  ASSERT_TRUE(answer && answer->topics.size() == 2U);
  EXPECT_EQ(answer->topics[0].error_code, wire_error::invalid_topic_exception);
  EXPECT_EQ(answer->topics[1].error_code, wire_error::unknown_topic_or_partition);
  request.cursor.emplace().topic_name = "nosuch";
  request.cursor->partition_index = partition_index{-1};
  const auto refused = broker.ask<protocol::describe_topic_partitions_response>(request, 0);
  ASSERT_TRUE(refused && refused->topics.size() == 2U);
  EXPECT_EQ(refused->topics[0].error_code, wire_error::invalid_request);
}

TEST(describe_producers, partition_named_again_and_again_is_answered_only_so_often) {
  test_broker broker;
  broker.create_topic("orders");
  protocol::describe_producers_request request;
  auto& topic = request.topics.emplace_back();
  topic.name = "orders";
  topic.partition_indexes.assign(10'000, partition_index{0});
  const auto answer = broker.ask<protocol::describe_producers_response>(request, 0);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->topics.at(0).partitions.size(), 11U);
}

TEST(describe_producers, missing_partitions_and_wrong_names) {
  test_broker broker;
  broker.create_topic("t");
  protocol::describe_producers_request request;
  for (const auto name : {"t", "nosuch", ""}) {
    auto& topic = request.topics.emplace_back();
    topic.name = name;
    topic.partition_indexes = {partition_index{0}};
  }
  const auto answer = broker.ask<protocol::describe_producers_response>(request, 0);
  EXPECT_EQ(answer->topics[0].partitions[0].error_code, wire_error::none);
  EXPECT_EQ(answer->topics[1].partitions[0].error_code, wire_error::unknown_topic_or_partition);
  EXPECT_EQ(answer->topics[2].partitions[0].error_code, wire_error::invalid_topic_exception);
}

TEST(elect_leaders, is_never_needed) {
  test_broker broker;
  broker.create_topic("t");
  protocol::elect_leaders_request request;
  request.topic_partitions.emplace();
  auto& topic = request.topic_partitions->emplace_back();
  topic.topic = "t";
  topic.partitions = {partition_index{0}, partition_index{99}};
  const auto answer = broker.ask<protocol::elect_leaders_response>(request, 2);
  const auto& rows = answer->replica_election_results[0].partition_result;
  EXPECT_EQ(rows[0].error_code, wire_error::election_not_needed);
  EXPECT_EQ(rows[1].error_code, wire_error::unknown_topic_or_partition);
  request.election_type = 5;
  EXPECT_EQ(broker.ask<protocol::elect_leaders_response>(request, 2)->error_code,
            wire_error::invalid_request);
}

TEST(alter_partition_reassignments, replicas_stay_where_they_are) {
  test_broker broker;
  broker.create_topic("t");
  protocol::alter_partition_reassignments_request request;
  auto& topic = request.topics.emplace_back();
  topic.name = "t";
  const std::vector<std::optional<std::vector<broker_id>>> lists{
      std::vector{broker_id{1}}, std::nullopt, std::vector<broker_id>{}, std::vector{broker_id{7}}};
  for (const auto& list : lists) {
    topic.partitions.emplace_back().replicas = list;
  }
  const auto answer = broker.ask<protocol::alter_partition_reassignments_response>(request, 1);
  const auto& rows = answer->responses[0].partitions;
  EXPECT_EQ(rows[0].error_code, wire_error::none);
  EXPECT_EQ(rows[1].error_code, wire_error::no_reassignment_in_progress);
  EXPECT_EQ(rows[2].error_code, wire_error::invalid_replica_assignment);
  EXPECT_EQ(rows[3].error_code, wire_error::invalid_replica_assignment);
}

TEST(alter_replica_log_dirs, there_is_one_directory) {
  test_broker broker;
  broker.create_topic("t");
  protocol::describe_log_dirs_request all;
  all.topics = std::nullopt;
  const std::string here(
      broker.ask<protocol::describe_log_dirs_response>(all, 4)->results[0].log_dir);
  protocol::alter_replica_log_dirs_request request;
  auto& directory = request.dirs.emplace_back();
  directory.path = "/elsewhere";
  auto& topic = directory.topics.emplace_back();
  topic.name = "t";
  topic.partitions = {partition_index{0}};
  EXPECT_EQ(broker.ask<protocol::alter_replica_log_dirs_response>(request, 2)
                ->results[0]
                .partitions[0]
                .error_code,
            wire_error::log_dir_not_found);
  directory.path = here;
  EXPECT_EQ(broker.ask<protocol::alter_replica_log_dirs_response>(request, 2)
                ->results[0]
                .partitions[0]
                .error_code,
            wire_error::none);
}

TEST(describe_quorum, this_broker_is_its_only_voter) {
  test_broker broker;
  protocol::describe_quorum_request request;
  for (const auto name : {"__cluster_metadata", "t"}) {
    auto& topic = request.topics.emplace_back();
    topic.topic_name = name;
    topic.partitions.emplace_back();
  }
  const auto answer = broker.ask<protocol::describe_quorum_response>(request, 2);
  ASSERT_TRUE(answer);
  const auto& quorum = answer->topics[0].partitions[0];
  EXPECT_EQ(quorum.leader_id, broker_id{1});
  EXPECT_GT(quorum.high_watermark, offset{0});
  ASSERT_EQ(quorum.current_voters.size(), 1U);
  EXPECT_EQ(quorum.current_voters[0].log_end_offset, quorum.high_watermark);
  EXPECT_EQ(answer->topics[1].partitions[0].error_code, wire_error::unknown_topic_or_partition);
}

TEST(unregister_broker, neither_a_stranger_nor_the_one_that_runs) {
  test_broker broker;
  protocol::unregister_broker_request request;
  request.broker_id = broker_id{7};
  EXPECT_EQ(broker.ask<protocol::unregister_broker_response>(request, 0)->error_code,
            wire_error::broker_id_not_registered);
  request.broker_id = broker_id{1};
  EXPECT_EQ(broker.ask<protocol::unregister_broker_response>(request, 0)->error_code,
            wire_error::invalid_request);
}

TEST(list_config_resources, brokers_and_topics) {
  test_broker broker;
  broker.create_topic("t");
  protocol::list_config_resources_request request;
  EXPECT_EQ(
      broker.ask<protocol::list_config_resources_response>(request, 1)->config_resources.size(),
      2U);
  request.resource_types = {2};
  EXPECT_EQ(
      broker.ask<protocol::list_config_resources_response>(request, 1)->config_resources.size(),
      1U);
  request.resource_types = {77};
  EXPECT_EQ(broker.ask<protocol::list_config_resources_response>(request, 1)->error_code,
            wire_error::unsupported_version);
}

TEST(security_disabled, calls_say_that_there_is_none) {
  test_broker broker;
  protocol::create_acls_request request;
  request.creations.resize(2);
  const auto answer = broker.ask<protocol::create_acls_response>(request, 3);
  ASSERT_EQ(answer->results.size(), 2U);
  EXPECT_EQ(answer->results[1].error_code, wire_error::security_disabled);
  protocol::update_features_request update;
  EXPECT_EQ(broker.ask<protocol::update_features_response>(update, 2)->error_code,
            wire_error::none);
  update.feature_updates.emplace_back().feature = "metadata.version";
  EXPECT_EQ(broker.ask<protocol::update_features_response>(update, 2)->error_code,
            wire_error::invalid_update_version);
}

}  // namespace
}  // namespace tidemill::api
