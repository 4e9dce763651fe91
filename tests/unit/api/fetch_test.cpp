#include "api/fetch.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "protocol/fetch.hpp"
#include "protocol/list_offsets.hpp"
#include "protocol/offset_for_leader_epoch.hpp"
#include "protocol/produce.hpp"
#include "test_broker.hpp"

namespace tidemill::api {
namespace {

using namespace std::chrono_literals;
using protocol::wire_error;
using test::reply;
using test::test_broker;

protocol::fetch_request fetch_from(std::string_view topic, std::vector<std::int32_t> partitions,
                                   std::int64_t from = 0) {
  protocol::fetch_request request;
  request.max_wait_ms = 500;
  request.min_bytes = 1;
  request.max_bytes = 1 << 20;
  auto& asked = request.topics.emplace_back();
  asked.topic = topic;
  for (const auto index : partitions) {
    auto& row = asked.partitions.emplace_back();
    row.partition = partition_index{index};
    row.fetch_offset = offset{from};
    row.partition_max_bytes = 1 << 20;
  }
  return request;
}

class fetch_test : public testing::TestWithParam<std::size_t> {
 protected:
  void produce(std::int32_t partition, const std::vector<std::string>& values) {
    const auto batch = test::batch_of(values);
    protocol::produce_request request;
    request.acks = 1;
    auto& topic = request.topic_data.emplace_back();
    topic.name = "orders";
    auto& row = topic.partition_data.emplace_back();
    row.index = partition_index{partition};
    row.records = protocol::records::inline_bytes(batch);
    const auto answer = broker_.ask<protocol::produce_response>(request, 9, 77);
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->responses[0].partition_responses[0].error_code, wire_error::none);
    batch_size_ = batch.size();
  }
  std::shared_ptr<reply> submit(const protocol::fetch_request& request, std::int16_t version = 12) {
    auto sent = broker_.submit(test_broker::frame_of(request, version));
    broker_.settle();
    return sent;
  }
  protocol::fetch_response ask(const protocol::fetch_request& request, std::int16_t version = 12) {
    auto answer = broker_.ask<protocol::fetch_response>(request, version);
    EXPECT_TRUE(answer);
    return answer ? *answer : protocol::fetch_response{};
  }

  test_broker broker_{{.shard_count = GetParam()}};
  topic_id topic_ = broker_.create_topic("orders", 4);
  std::size_t batch_size_ = 0;
};
INSTANTIATE_TEST_SUITE_P(shards, fetch_test, testing::Values(1, 2, 4));

TEST_P(fetch_test, every_version_reads_what_was_written) {
  produce(1, {"a", "b"});
  produce(1, {"c"});
  for (std::int16_t version = 4; version <= 18; ++version) {
    auto request = fetch_from("orders", {1});
    request.topics[0].topic_id = topic_;
    const auto answer = ask(request, version);
    ASSERT_EQ(answer.responses.size(), 1U) << version;
    const auto& row = answer.responses[0].partitions.at(0);
    EXPECT_EQ(row.error_code, wire_error::none) << version;
    EXPECT_EQ(row.high_watermark, offset{3});
    EXPECT_EQ(answer.session_id, 0);
    EXPECT_FALSE(row.aborted_transactions);
    ASSERT_TRUE(row.records);
    EXPECT_GT(row.records->bytes.size(), batch_size_);
  }
}

TEST_P(fetch_test, nothing_to_read_waits_for_a_produce) {
  const auto waiting = submit(fetch_from("orders", {0, 1, 2, 3}));
  EXPECT_EQ(waiting->what, reply::kind::none_yet);
  produce(2, {"a"});
  ASSERT_EQ(waiting->what, reply::kind::sent);
  const auto answer = test_broker::decode<protocol::fetch_response>(*waiting, 12);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->responses[0].partitions[2].records->bytes.size(), batch_size_);
  EXPECT_TRUE(answer->responses[0].partitions[0].records->bytes.empty());
}

TEST_P(fetch_test, time_is_up_answers_with_what_is_there) {
  const auto timers = broker_.timer_count();
  const auto waiting = submit(fetch_from("orders", {0, 1}));
  EXPECT_EQ(broker_.timer_count(), timers + 1);
  broker_.advance(499ms);
  EXPECT_EQ(waiting->what, reply::kind::none_yet);
  broker_.advance(1ms);
  ASSERT_EQ(waiting->what, reply::kind::sent);
  EXPECT_EQ(broker_.timer_count(), timers);
}

TEST(fetch, waiting_holds_no_memory_of_requests_in_work) {
  test_broker broker;
  broker.create_topic("orders", 1);
  const auto waiting = broker.submit(test_broker::frame_of(fetch_from("orders", {0}), 12));
  broker.settle();
  ASSERT_EQ(waiting->what, reply::kind::none_yet);
  EXPECT_TRUE(waiting->has_waited);
}

TEST(fetch, oldest_is_answered_when_those_that_wait_hold_too_much) {
  constexpr std::size_t held = 1'000'000;
  test_broker broker({.waiting_fetch_bytes_max = held});
  broker.create_topic("orders", 3);
  std::vector<std::shared_ptr<reply>> sent;
  for (std::uint64_t connection = 1; connection <= 1000; ++connection) {
    sent.push_back(
        broker.submit(test_broker::frame_of(fetch_from("orders", {0, 1, 2}), 12), connection));
    broker.settle();
  }
  const auto first_waiting = std::find_if(
      sent.begin(), sent.end(), [](const auto& one) { return one->what == reply::kind::none_yet; });
  const auto waiting = static_cast<std::size_t>(sent.end() - first_waiting);
  EXPECT_LT(waiting, 900U);
  EXPECT_GT(waiting, 100U);
  EXPECT_TRUE(std::all_of(first_waiting, sent.end(), [](const auto& one) {
    return one->what == reply::kind::none_yet;
  })) << "those that came last wait";
  const auto answer = test_broker::decode<protocol::fetch_response>(*sent.front(), 12);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->responses[0].partitions.size(), 3U);
}

TEST(fetch, large_one_does_not_wait_in_the_place_of_others) {
  test_broker broker({.waiting_fetch_bytes_max = 100'000});
  broker.create_topic("orders", 1000);
  const auto small = broker.submit(test_broker::frame_of(fetch_from("orders", {0}), 12), 1);
  broker.settle();
  std::vector<std::int32_t> all(1000);
  std::iota(all.begin(), all.end(), 0);
  const auto large = broker.submit(test_broker::frame_of(fetch_from("orders", all), 12), 2);
  broker.settle();
  EXPECT_EQ(small->what, reply::kind::none_yet);
  EXPECT_EQ(large->what, reply::kind::sent);
}

TEST(fetch, more_partitions_than_there_can_be_are_refused) {
  test_broker broker;
  broker.create_topic("orders", 1);
  const auto refused = broker.submit(
      test_broker::frame_of(fetch_from("orders", std::vector<std::int32_t>(20'000, 0)), 12));
  broker.settle();
  ASSERT_EQ(refused->what, reply::kind::closed);
  EXPECT_NE(refused->reason.find("more elements"), std::string::npos) << refused->reason;
}

TEST_P(fetch_test, min_bytes_are_waited_for) {
  auto request = fetch_from("orders", {0, 1});
  produce(0, {"a"});
  request.min_bytes = static_cast<std::int32_t>(3 * batch_size_);
  const auto waiting = submit(request);
  EXPECT_EQ(waiting->what, reply::kind::none_yet);
  produce(1, {"b"});
  EXPECT_EQ(waiting->what, reply::kind::none_yet);
  produce(0, {"c"});
  ASSERT_EQ(waiting->what, reply::kind::sent);
  EXPECT_EQ(waiting->slice_count, 2U);
}

TEST_P(fetch_test, no_wait_answers_at_once) {
  for (const int wait : {0, -1}) {
    auto request = fetch_from("orders", {0});
    request.max_wait_ms = wait;
    EXPECT_EQ(submit(request)->what, reply::kind::sent);
  }
  auto none = fetch_from("orders", {0});
  none.min_bytes = 0;
  EXPECT_EQ(submit(none)->what, reply::kind::sent);
  EXPECT_EQ(submit(fetch_from("orders", {}))->what, reply::kind::sent);
}

TEST_P(fetch_test, an_error_answers_at_once) {
  const auto unknown = ask(fetch_from("nothing", {0}));
  EXPECT_EQ(unknown.responses[0].partitions[0].error_code, wire_error::unknown_topic_or_partition);
  EXPECT_TRUE(unknown.responses[0].partitions[0].records);
  const auto beyond = ask(fetch_from("orders", {0}, 7));
  EXPECT_EQ(beyond.responses[0].partitions[0].error_code, wire_error::offset_out_of_range);
  const auto mixed = ask(fetch_from("orders", {0, 9, 1}));
  EXPECT_EQ(mixed.responses[0].partitions[1].error_code, wire_error::unknown_topic_or_partition);
}

TEST_P(fetch_test, closed_connection_is_let_go) {
  const auto timers = broker_.timer_count();
  const auto waiting = submit(fetch_from("orders", {0, 1, 2}));
  broker_.close_connection(1);
  broker_.settle();
  EXPECT_NE(waiting->what, reply::kind::none_yet);
  EXPECT_EQ(broker_.timer_count(), timers);
  produce(0, {"a"});
}

TEST_P(fetch_test, one_byte_still_gives_the_first_batch_and_only_that) {
  for (const std::int32_t index : {0, 1, 2, 3}) {
    produce(index, {"a"});
    produce(index, {"b"});
  }
  auto request = fetch_from("orders", {2, 0, 1, 3});
  request.max_bytes = 1;
  for (auto& row : request.topics[0].partitions) {
    row.partition_max_bytes = 1;
  }
  const auto answer = ask(request);
  const auto& rows = answer.responses[0].partitions;
  EXPECT_EQ(rows[0].partition_index, partition_index{2});
  EXPECT_EQ(rows[0].records->bytes.size(), batch_size_);
  for (const std::size_t position : {1U, 2U, 3U}) {
    EXPECT_TRUE(rows[position].records->bytes.empty()) << position;
    EXPECT_EQ(rows[position].high_watermark, offset{2});
  }
}

TEST_P(fetch_test, max_bytes_bound_all_partitions_together) {
  for (const std::int32_t index : {0, 1, 2, 3}) {
    produce(index, {"a"});
  }
  auto request = fetch_from("orders", {0, 1, 2, 3});
  request.max_bytes = static_cast<std::int32_t>(2 * batch_size_ + 5);
  const auto sent = submit(request);
  ASSERT_EQ(sent->what, reply::kind::sent);
  EXPECT_EQ(sent->slice_count, 2U);
}

// Four partitions on one or on several shards: the limit fills them in the order of the request,
// whichever that is, and no answer is larger than it.
TEST_P(fetch_test, max_bytes_go_to_the_partitions_in_the_order_of_the_request) {
  for (std::int32_t partition = 0; partition < 4; ++partition) {
    for (int batch = 0; batch < 3; ++batch) {
      produce(partition, {"some value"});
    }
  }
  std::vector<std::int32_t> order{0, 1, 2, 3};
  do {
    for (const std::size_t batches : {1U, 2U, 4U, 7U, 11U, 12U}) {
      auto request = fetch_from("orders", order);
      request.max_bytes = static_cast<std::int32_t>(batches * batch_size_ + batch_size_ / 2);
      const auto answer = ask(request);
      std::size_t left = batches;
      for (const auto& row : answer.responses.at(0).partitions) {
        const std::size_t expected = std::min<std::size_t>(left, 3);
        EXPECT_EQ(row.records->bytes.size(), expected * batch_size_)
            << batches << " batches, partition " << row.partition_index.value();
        left -= expected;
      }
      broker_.forget_replies();
    }
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_P(fetch_test, first_partition_may_exceed_max_bytes_by_one_batch_and_no_other_may) {
  for (std::int32_t partition = 0; partition < 4; ++partition) {
    produce(partition, {"some value"});
  }
  auto request = fetch_from("orders", {2, 1, 0, 3});
  request.max_bytes = static_cast<std::int32_t>(batch_size_ / 2);
  const auto rows = ask(request).responses.at(0).partitions;
  EXPECT_EQ(rows[0].records->bytes.size(), batch_size_);
  for (std::size_t i = 1; i < rows.size(); ++i) {
    EXPECT_TRUE(rows[i].records->bytes.empty());
    EXPECT_EQ(rows[i].high_watermark, offset{1});
  }
}

// As clients do: what came is moved to the end of the next request. Everybody has a turn although
// the limit holds one batch.
TEST_P(fetch_test, no_partition_starves_over_repeated_fetches) {
  for (std::int32_t partition = 0; partition < 4; ++partition) {
    for (int batch = 0; batch < 8; ++batch) {
      produce(partition, {"some value"});
    }
  }
  std::vector<std::int32_t> order{0, 1, 2, 3};
  std::array<std::int64_t, 4> at{};
  for (int round = 0; round < 32; ++round) {
    auto request = fetch_from("orders", order);
    request.max_bytes = static_cast<std::int32_t>(batch_size_ + batch_size_ / 2);
    for (auto& asked : request.topics[0].partitions) {
      asked.fetch_offset = offset{at[static_cast<std::size_t>(asked.partition.value())]};
    }
    const auto answer = ask(request);
    std::vector<std::int32_t> served;
    for (const auto& row : answer.responses.at(0).partitions) {
      if (!row.records->bytes.empty()) {
        served.push_back(row.partition_index.value());
        at[static_cast<std::size_t>(row.partition_index.value())] +=
            static_cast<std::int64_t>(row.records->bytes.size() / batch_size_);
      }
    }
    ASSERT_EQ(served, std::vector<std::int32_t>{order.front()});
    std::rotate(order.begin(), order.begin() + 1, order.end());
    const auto [least, most] = std::ranges::minmax(at);
    EXPECT_LE(most - least, 1);
    broker_.forget_replies();
  }
  EXPECT_EQ(at, (std::array<std::int64_t, 4>{8, 8, 8, 8}));
}

TEST_P(fetch_test, negative_limits_count_as_zero) {
  produce(0, {"a"});
  auto request = fetch_from("orders", {0});
  request.max_bytes = -1;
  request.topics[0].partitions[0].partition_max_bytes = -1;
  EXPECT_EQ(ask(request).responses[0].partitions[0].records->bytes.size(), batch_size_);
}

TEST_P(fetch_test, sessions_are_declined) {
  auto wanted = fetch_from("orders", {0});
  wanted.max_wait_ms = 0;
  wanted.session_epoch = 0;
  EXPECT_EQ(ask(wanted).error_code, wire_error::none);
  EXPECT_EQ(ask(wanted).session_id, 0);
  wanted.session_id = 123;
  wanted.session_epoch = -1;
  EXPECT_EQ(ask(wanted).error_code, wire_error::none);
  wanted.session_epoch = 1;
  const auto unknown = ask(wanted);
  EXPECT_EQ(unknown.error_code, wire_error::fetch_session_id_not_found);
  EXPECT_TRUE(unknown.responses.empty());
}

TEST_P(fetch_test, a_client_cannot_play_replica) {
  produce(0, {"a"});
  auto request = fetch_from("orders", {0});
  request.replica_id = broker_id{2};
  EXPECT_EQ(ask(request).responses[0].partitions[0].error_code,
            wire_error::topic_authorization_failed);
  request.replica_id = broker_id{-1};
  request.topics[0].topic_id = topic_;
  request.replica_state.replica_id = broker_id{2};
  EXPECT_EQ(ask(request, 17).responses[0].partitions[0].error_code,
            wire_error::topic_authorization_failed);
}

TEST_P(fetch_test, epochs_are_checked) {
  produce(0, {"a"});
  auto request = fetch_from("orders", {0});
  auto& row = request.topics[0].partitions[0];
  row.current_leader_epoch = leader_epoch{5};
  EXPECT_EQ(ask(request).responses[0].partitions[0].error_code, wire_error::unknown_leader_epoch);
  row.current_leader_epoch = leader_epoch{-1};
  row.last_fetched_epoch = leader_epoch{0};
  row.fetch_offset = offset{9};
  const auto diverging = ask(request).responses[0].partitions[0];
  EXPECT_EQ(diverging.error_code, wire_error::none);
  EXPECT_EQ(diverging.diverging_epoch.end_offset, offset{1});
}

TEST_P(fetch_test, read_committed_has_a_list_of_aborted_transactions) {
  produce(0, {"a"});
  auto request = fetch_from("orders", {0});
  request.isolation_level = 1;
  const auto answer = ask(request);
  ASSERT_TRUE(answer.responses[0].partitions[0].aborted_transactions);
  EXPECT_TRUE(answer.responses[0].partitions[0].aborted_transactions->empty());
  request.isolation_level = 2;
  EXPECT_EQ(ask(request).error_code, wire_error::invalid_request);
}

TEST_P(fetch_test, topic_deleted_while_waiting_answers) {
  const auto waiting = submit(fetch_from("orders", {0, 1, 2}));
  broker_.delete_topic("orders");
  EXPECT_EQ(waiting->what, reply::kind::sent);
}

protocol::list_offsets_request offsets_of(std::int64_t timestamp, std::int32_t partition = 0) {
  protocol::list_offsets_request request;
  auto& topic = request.topics.emplace_back();
  topic.name = "orders";
  auto& row = topic.partitions.emplace_back();
  row.partition_index = partition_index{partition};
  row.timestamp = timestamp;
  return request;
}

TEST_P(fetch_test, list_offsets_knows_the_special_timestamps) {
  produce(0, {"a", "b"});
  const auto offset_at = [&](std::int64_t timestamp, std::int16_t version) {
    const auto answer =
        broker_.ask<protocol::list_offsets_response>(offsets_of(timestamp), version);
    EXPECT_TRUE(answer);
    return answer->topics[0].partitions[0];
  };
  EXPECT_EQ(offset_at(-1, 1).offset, offset{2});
  EXPECT_EQ(offset_at(-2, 1).offset, offset{0});
  EXPECT_EQ(offset_at(-3, 7).timestamp, 1);
  EXPECT_EQ(offset_at(-4, 8).offset, offset{0});
  EXPECT_EQ(offset_at(-5, 9).offset, offset{-1});
  EXPECT_EQ(offset_at(-6, 11).offset, offset{-1});
  EXPECT_EQ(offset_at(1, 7).offset, offset{0});
  EXPECT_EQ(offset_at(2, 7).offset, offset{-1});
  for (const auto& [timestamp, version] :
       {std::pair{-3, 6}, {-4, 7}, {-5, 8}, {-6, 10}, {-7, 11}}) {
    EXPECT_EQ(offset_at(timestamp, static_cast<std::int16_t>(version)).error_code,
              wire_error::unsupported_version)
        << timestamp;
  }
}

TEST_P(fetch_test, list_offsets_refuses_a_partition_named_twice) {
  auto request = offsets_of(-1);
  request.topics[0].partitions.push_back(request.topics[0].partitions[0]);
  const auto answer = broker_.ask<protocol::list_offsets_response>(request, 7);
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->topics[0].partitions.size(), 1U);
  EXPECT_EQ(answer->topics[0].partitions[0].error_code, wire_error::invalid_request);
}

TEST_P(fetch_test, end_of_an_epoch_is_where_its_records_end) {
  produce(3, {"a", "b"});
  protocol::offset_for_leader_epoch_request request;
  auto& topic = request.topics.emplace_back();
  topic.topic = "orders";
  auto& row = topic.partitions.emplace_back();
  row.partition = partition_index{3};
  row.leader_epoch = leader_epoch{0};
  for (std::int16_t version = 2; version <= 4; ++version) {
    const auto answer = broker_.ask<protocol::offset_for_leader_epoch_response>(request, version);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->topics[0].partitions[0].end_offset, offset{2});
    EXPECT_EQ(answer->topics[0].partitions[0].leader_epoch, leader_epoch{0});
  }
  request.topics[0].partitions[0].leader_epoch = leader_epoch{5};
  const auto unknown = broker_.ask<protocol::offset_for_leader_epoch_response>(request, 4);
  EXPECT_EQ(unknown->topics[0].partitions[0].end_offset, offset{-1});
}

}  // namespace
}  // namespace tidemill::api
