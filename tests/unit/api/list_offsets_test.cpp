#include "api/list_offsets.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "protocol/list_offsets.hpp"
#include "protocol/offset_for_leader_epoch.hpp"
#include "test_broker.hpp"

namespace tidemill::api {
namespace {

using protocol::wire_error;
using test::test_broker;

struct wanted {
  std::string_view topic;
  std::vector<std::int32_t> partitions;
};

protocol::list_offsets_request latest_of(const std::vector<wanted>& topics) {
  protocol::list_offsets_request request;
  for (const auto& one : topics) {
    auto& topic = request.topics.emplace_back();
    topic.name = one.topic;
    for (const auto index : one.partitions) {
      auto& partition = topic.partitions.emplace_back();
      partition.partition_index = partition_index{index};
      partition.timestamp = -1;
    }
  }
  return request;
}

protocol::list_offsets_response ask(test_broker& broker,
                                    const protocol::list_offsets_request& request) {
  auto answer = broker.ask<protocol::list_offsets_response>(request, 7);
  EXPECT_TRUE(answer);
  return answer ? *answer : protocol::list_offsets_response{};
}

TEST(list_offsets, partition_named_twice_is_refused_once_in_whichever_row) {
  test_broker broker;
  broker.create_topic("a", 2);
  const auto answer = ask(broker, latest_of({{"a", {0, 1}}, {"b", {0}}, {"a", {1}}}));
  ASSERT_EQ(answer.topics.size(), 2U);
  ASSERT_EQ(answer.topics[0].partitions.size(), 2U);
  EXPECT_EQ(answer.topics[0].partitions[0].error_code, wire_error::none);
  EXPECT_EQ(answer.topics[0].partitions[1].error_code, wire_error::invalid_request);
  EXPECT_EQ(answer.topics[1].name, "b");
}

TEST(list_offsets, long_work_lets_others_have_their_turn) {
  test_broker broker;
  broker.create_topic("a", 50);
  std::vector<std::int32_t> all(50);
  std::iota(all.begin(), all.end(), 0);
  const auto request = latest_of({{"a", all}});
  ASSERT_EQ(ask(broker, request).topics.at(0).partitions.size(), 50U);  // all are open now
  const auto at_once = broker.submit(test_broker::frame_of(request, 7));
  EXPECT_EQ(at_once->what, test::reply::kind::sent) << "quick work is done in one go";
  broker.let_time_pass(std::chrono::milliseconds(1));
  const auto paused = broker.submit(test_broker::frame_of(request, 7));
  EXPECT_EQ(paused->what, test::reply::kind::none_yet);
  broker.settle();
  ASSERT_EQ(paused->what, test::reply::kind::sent);
  const auto answer = test_broker::decode<protocol::list_offsets_response>(*paused, 7);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->topics.at(0).partitions.size(), 50U);
}

TEST(list_offsets, topic_without_partitions_has_no_row) {
  test_broker broker;
  broker.create_topic("a");
  EXPECT_TRUE(ask(broker, latest_of({{"a", {}}})).topics.empty());
}

TEST(list_offsets, unknown_isolation_level_is_an_invalid_request) {
  test_broker broker;
  broker.create_topic("a");
  auto request = latest_of({{"a", {0}}});
  for (const int level : {2, 9, -1}) {
    request.isolation_level = static_cast<std::int8_t>(level);
    const auto row = ask(broker, request).topics[0].partitions[0];
    EXPECT_EQ(row.error_code, wire_error::invalid_request) << level;
    EXPECT_EQ(row.offset, offset{-1});
  }
  request.isolation_level = 1;
  EXPECT_EQ(ask(broker, request).topics[0].partitions[0].error_code, wire_error::none);
}

TEST(list_offsets, leader_epoch_below_minus_one_is_fenced) {
  test_broker broker;
  broker.create_topic("a");
  auto request = latest_of({{"a", {0}}});
  for (const auto& [epoch, error] :
       {std::pair{-1, wire_error::none}, std::pair{-2, wire_error::fenced_leader_epoch}}) {
    request.topics[0].partitions[0].current_leader_epoch = leader_epoch{epoch};
    EXPECT_EQ(ask(broker, request).topics[0].partitions[0].error_code, error) << epoch;
  }
}

TEST(offset_for_leader_epoch, epoch_below_minus_one_is_fenced) {
  test_broker broker;
  broker.create_topic("a");
  protocol::offset_for_leader_epoch_request request;
  auto& topic = request.topics.emplace_back();
  topic.topic = "a";
  auto& partition = topic.partitions.emplace_back();
  partition.current_leader_epoch = leader_epoch{-2};
  const auto answer = broker.ask<protocol::offset_for_leader_epoch_response>(request, 4);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->topics[0].partitions[0].error_code, wire_error::fenced_leader_epoch);
}

}  // namespace
}  // namespace tidemill::api
