#include "api/produce.hpp"

#include <gtest/gtest.h>

#include "protocol/init_producer_id.hpp"
#include "protocol/metadata.hpp"
#include "protocol/produce.hpp"
#include "test_broker.hpp"

namespace tidemill::api {
namespace {

using namespace std::chrono_literals;
using protocol::wire_error;
using test::reply;
using test::test_broker;

protocol::produce_request produce_to(std::string_view topic, std::int32_t partition,
                                     bytes_view records, std::int16_t acks = -1) {
  protocol::produce_request request;
  request.acks = acks;
  request.timeout_ms = 1000;
  auto& asked = request.topic_data.emplace_back();
  asked.name = topic;
  auto& row = asked.partition_data.emplace_back();
  row.index = partition_index{partition};
  row.records = protocol::records::inline_bytes(records);
  return request;
}

const protocol::produce_response_partition& first(const protocol::produce_response& response) {
  return response.responses.at(0).partition_responses.at(0);
}

class produce_test : public testing::TestWithParam<std::size_t> {
 protected:
  test_broker broker_{{.shard_count = GetParam()}};
  topic_id topic_ = broker_.create_topic("orders", 4);
  byte_buffer batch_ = test::batch_of({"a", "b"});
};
INSTANTIATE_TEST_SUITE_P(shards, produce_test, testing::Values(1, 3));

TEST_P(produce_test, every_version_appends_one_after_the_other) {
  std::int64_t next = 0;
  for (std::int16_t version = 3; version <= 12; ++version) {
    const auto answer =
        broker_.ask<protocol::produce_response>(produce_to("orders", 1, batch_), version);
    ASSERT_TRUE(answer) << version;
    EXPECT_EQ(first(*answer).error_code, wire_error::none) << version;
    EXPECT_EQ(first(*answer).base_offset, offset{next}) << version;
    EXPECT_EQ(first(*answer).log_append_time_ms, -1);
    next += 2;
  }
}

TEST_P(produce_test, version_13_finds_the_topic_by_id) {
  auto request = produce_to("", 0, batch_);
  request.topic_data[0].topic_id = topic_;
  const auto answer = broker_.ask<protocol::produce_response>(request, 13);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->responses[0].topic_id, topic_);
  EXPECT_EQ(first(*answer).error_code, wire_error::none);
  request.topic_data[0].topic_id = uuid{{9}};
  const auto unknown = broker_.ask<protocol::produce_response>(request, 13);
  ASSERT_TRUE(unknown);
  EXPECT_EQ(first(*unknown).error_code, wire_error::unknown_topic_id);
}

TEST_P(produce_test, many_partitions_are_answered_in_the_order_of_the_request) {
  protocol::produce_request request = produce_to("orders", 3, batch_, 1);
  for (const std::int32_t index : {0, 9, 2, 1}) {
    auto& row = request.topic_data[0].partition_data.emplace_back();
    row.index = partition_index{index};
    row.records = protocol::records::inline_bytes(batch_);
  }
  auto& missing = request.topic_data.emplace_back();
  missing.name = "nothing";
  missing.partition_data.push_back(request.topic_data[0].partition_data[0]);
  const auto answer = broker_.ask<protocol::produce_response>(request, 9);
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->responses.size(), 2U);
  const auto& rows = answer->responses[0].partition_responses;
  ASSERT_EQ(rows.size(), 5U);
  const std::array expected{3, 0, 9, 2, 1};
  for (std::size_t position = 0; position < rows.size(); ++position) {
    EXPECT_EQ(rows[position].index.value(), expected[position]);
    EXPECT_EQ(rows[position].error_code,
              expected[position] == 9 ? wire_error::unknown_topic_or_partition : wire_error::none);
  }
  EXPECT_EQ(answer->responses[1].partition_responses[0].error_code,
            wire_error::unknown_topic_or_partition);
}

TEST_P(produce_test, acks_other_than_0_1_and_all_are_refused) {
  for (const int acks : {2, -2, 32767}) {
    const auto answer = broker_.ask<protocol::produce_response>(
        produce_to("orders", 0, batch_, static_cast<std::int16_t>(acks)), 9);
    ASSERT_TRUE(answer);
    EXPECT_EQ(first(*answer).error_code, wire_error::invalid_required_acks);
  }
}

TEST_P(produce_test, acks_0_has_no_answer_and_an_error_closes) {
  const auto good =
      broker_.submit(test_broker::frame_of(produce_to("orders", 0, batch_, std::int16_t{0}), 9));
  broker_.settle();
  EXPECT_EQ(good->what, reply::kind::nothing);
  const auto bad =
      broker_.submit(test_broker::frame_of(produce_to("nothing", 0, batch_, std::int16_t{0}), 9));
  broker_.settle();
  EXPECT_EQ(bad->what, reply::kind::closed);
  EXPECT_NE(bad->reason.find("UNKNOWN_TOPIC_OR_PARTITION"), std::string::npos) << bad->reason;
}

TEST_P(produce_test, transactional_id_is_refused_with_words) {
  auto request = produce_to("orders", 0, batch_);
  request.transactional_id = "tx";
  const auto answer = broker_.ask<protocol::produce_response>(request, 9);
  ASSERT_TRUE(answer);
  EXPECT_EQ(first(*answer).error_code, wire_error::unsupported_version);
  EXPECT_TRUE(first(*answer).error_message);
}

TEST_P(produce_test, bad_batches_get_the_error_that_kafka_gives) {
  auto torn = batch_;
  torn.back() ^= std::byte{1};
  auto two = batch_;
  two.insert(two.end(), batch_.begin(), batch_.end());
  const std::array<std::pair<byte_buffer, wire_error>, 3> cases{{
      {torn, wire_error::corrupt_message},
      {two, wire_error::invalid_record},
      {{}, wire_error::invalid_record},
  }};
  for (const auto& [bytes, expected] : cases) {
    const auto answer = broker_.ask<protocol::produce_response>(produce_to("orders", 0, bytes), 9);
    ASSERT_TRUE(answer);
    EXPECT_EQ(first(*answer).error_code, expected);
    EXPECT_EQ(first(*answer).base_offset, offset{-1});
    EXPECT_TRUE(first(*answer).error_message);
  }
}

TEST_P(produce_test, null_records_are_an_invalid_record) {
  auto request = produce_to("orders", 0, batch_);
  request.topic_data[0].partition_data[0].records = std::nullopt;
  const auto answer = broker_.ask<protocol::produce_response>(request, 9);
  ASSERT_TRUE(answer);
  EXPECT_EQ(first(*answer).error_code, wire_error::invalid_record);
}

TEST(produce, topic_that_needs_keys_names_the_records_without) {
  test_broker broker({.keys_required = true});
  broker.create_topic("tables");
  const auto batch = test::batch_of({"a", "b"});
  const auto answer = broker.ask<protocol::produce_response>(produce_to("tables", 0, batch), 8);
  ASSERT_TRUE(answer);
  EXPECT_EQ(first(*answer).error_code, wire_error::invalid_record);
  ASSERT_EQ(first(*answer).record_errors.size(), 2U);
  EXPECT_EQ(first(*answer).record_errors[1].batch_index, 1);
  EXPECT_TRUE(first(*answer).record_errors[1].batch_index_error_message);
}

TEST_P(produce_test, max_message_bytes_is_kept) {
  broker_.create_topic("small", 1, {{"max.message.bytes", "100"}});
  const auto large = test::batch_of({std::string(200, 'x')});
  const auto answer = broker_.ask<protocol::produce_response>(produce_to("small", 0, large), 9);
  ASSERT_TRUE(answer);
  EXPECT_EQ(first(*answer).error_code, wire_error::message_too_large);
}

TEST_P(produce_test, pipelined_requests_keep_their_order) {
  std::vector<std::shared_ptr<reply>> sent;
  for (int count = 0; count < 5; ++count) {
    sent.push_back(broker_.submit(test_broker::frame_of(produce_to("orders", 2, batch_), 9)));
  }
  broker_.settle();
  for (std::size_t position = 0; position < sent.size(); ++position) {
    const auto answer = test_broker::decode<protocol::produce_response>(*sent[position], 9);
    ASSERT_TRUE(answer);
    EXPECT_EQ(first(*answer).base_offset, offset{static_cast<std::int64_t>(position) * 2});
  }
}

TEST(produce, no_topics_is_an_empty_answer) {
  test_broker broker;
  protocol::produce_request request;
  request.acks = 1;
  const auto answer = broker.ask<protocol::produce_response>(request, 9);
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->responses.empty());
}

TEST(init_producer_id, ids_differ_and_epochs_are_zero) {
  test_broker broker;
  protocol::init_producer_id_request fresh;
  fresh.transactional_id = std::nullopt;
  std::vector<std::int64_t> ids;
  for (int count = 0; count < 1500; ++count) {
    const auto answer = broker.ask<protocol::init_producer_id_response>(fresh, 4);
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->error_code, wire_error::none);
    EXPECT_EQ(answer->producer_epoch, producer_epoch{0});
    ids.push_back(answer->producer_id.value());
  }
  std::sort(ids.begin(), ids.end());
  EXPECT_EQ(std::adjacent_find(ids.begin(), ids.end()), ids.end());
}

TEST(init_producer_id, half_an_identity_and_transactional_ids_are_refused) {
  test_broker broker;
  protocol::init_producer_id_request half;
  half.transactional_id = std::nullopt;
  half.producer_id = producer_id{5};
  EXPECT_EQ(broker.ask<protocol::init_producer_id_response>(half, 4)->error_code,
            wire_error::invalid_request);
  protocol::init_producer_id_request empty;
  empty.transactional_id = "";
  EXPECT_EQ(broker.ask<protocol::init_producer_id_response>(empty, 4)->error_code,
            wire_error::invalid_request);
  protocol::init_producer_id_request named;
  named.transactional_id = "tx";
  EXPECT_EQ(broker.ask<protocol::init_producer_id_response>(named, 4)->error_code,
            wire_error::unsupported_version);
}

}  // namespace
}  // namespace tidemill::api
