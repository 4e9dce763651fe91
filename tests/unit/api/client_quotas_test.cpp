#include <gtest/gtest.h>

#include "protocol/alter_client_quotas.hpp"
#include "protocol/api_versions.hpp"
#include "protocol/create_partitions.hpp"
#include "protocol/create_topics.hpp"
#include "protocol/delete_topics.hpp"
#include "protocol/describe_client_quotas.hpp"
#include "protocol/fetch.hpp"
#include "protocol/produce.hpp"
#include "test_broker.hpp"

namespace tidemill::api {
namespace {

using namespace std::chrono_literals;
using protocol::wire_error;
using test::reply;
using test::test_broker;

using name = std::optional<std::string_view>;
using entity = std::vector<std::pair<std::string_view, name>>;

void add_entry(protocol::alter_client_quotas_request& to, const entity& whom,
               const std::vector<std::pair<std::string_view, std::optional<double>>>& values) {
  auto& entry = to.entries.emplace_back();
  for (const auto& [type, of] : whom) {
    auto& part = entry.entity.emplace_back();
    part.entity_type = type;
    part.entity_name = of;
  }
  for (const auto& [key, value] : values) {
    entry.ops.push_back({key, value.value_or(0), !value});
  }
}

const entity every_client{{"client-id", std::nullopt}};

class client_quotas_test : public testing::Test {
 protected:
  std::vector<wire_error> alter(const protocol::alter_client_quotas_request& request,
                                std::int16_t version = 1) {
    std::vector<wire_error> errors;
    const auto answer =
        broker_.ask<protocol::alter_client_quotas_response>(request, version, admin);
    for (const auto& each : answer->entries) {
      errors.push_back(each.error_code);
    }
    return errors;
  }
  void set(std::string_view key, std::optional<double> value, const entity& whom = every_client) {
    protocol::alter_client_quotas_request request;
    add_entry(request, whom, {{key, value}});
    ASSERT_EQ(alter(request), std::vector{wire_error::none});
  }
  /// Which entities a filter shows, by their first name or "-".
  std::vector<std::string> shown(
      const std::vector<std::tuple<std::string_view, int, name>>& components, bool is_strict) {
    protocol::describe_client_quotas_request request;
    for (const auto& [type, match, text] : components) {
      request.components.push_back({type, static_cast<std::int8_t>(match), text});
    }
    request.strict = is_strict;
    const auto answer = broker_.ask<protocol::describe_client_quotas_response>(request, 1, admin);
    error_ = answer->error_code;
    std::vector<std::string> names;
    if (answer->entries) {
      for (const auto& each : *answer->entries) {
        names.emplace_back(each.entity.back().entity_name.value_or("-"));
      }
    }
    return names;
  }

  std::shared_ptr<reply> submit(byte_buffer frame, std::uint64_t connection = 1) {
    auto sent = broker_.submit(std::move(frame), connection);
    broker_.settle();
    return sent;
  }
  std::shared_ptr<reply> produce(std::size_t bytes, std::int16_t acks = 1,
                                 std::uint64_t connection = 1) {
    const auto batch = test::batch_of({std::string(bytes, 'v')});
    protocol::produce_request request;
    request.acks = acks;
    auto& topic = request.topic_data.emplace_back();
    topic.name = "t";
    auto& row = topic.partition_data.emplace_back();
    row.records = protocol::records::inline_bytes(batch);
    return submit(test_broker::frame_of(request, 9), connection);
  }
  std::shared_ptr<reply> fetch() {
    protocol::fetch_request request;
    request.max_bytes = 1 << 20;
    auto& topic = request.topics.emplace_back();
    topic.topic = "t";
    auto& row = topic.partitions.emplace_back();
    row.partition_max_bytes = 1 << 20;
    return submit(test_broker::frame_of(request, 12));
  }

  static constexpr std::uint64_t admin = 99;
  test_broker broker_;
  topic_id topic_ = broker_.create_topic("t");
  wire_error error_ = wire_error::none;
};

// Describing and changing -------------------------------------------------------------------------

TEST_F(client_quotas_test, what_was_set_is_shown_and_can_be_removed) {
  for (std::int16_t version = 0; version <= 1; ++version) {
    protocol::alter_client_quotas_request request;
    add_entry(request, {{"client-id", "a"}},
              {{"producer_byte_rate", 1000}, {"request_percentage", 12.5}});
    EXPECT_EQ(alter(request, version), std::vector{wire_error::none});
    const auto answer = broker_.ask<protocol::describe_client_quotas_response>(
        protocol::describe_client_quotas_request{}, version);
    ASSERT_EQ(answer->entries->size(), 1U);
    const auto& values = answer->entries->front().values;
    ASSERT_EQ(values.size(), 2U);
    EXPECT_EQ(values[0].key, "producer_byte_rate");
    EXPECT_EQ(values[0].value, 1000);
    EXPECT_EQ(values[1].value, 12.5);
    request.entries.clear();
    add_entry(request, {{"client-id", "a"}},
              {{"producer_byte_rate", std::nullopt}, {"request_percentage", std::nullopt}});
    EXPECT_EQ(alter(request, version), std::vector{wire_error::none});
    EXPECT_EQ(shown({}, false), std::vector<std::string>{});
  }
}

TEST_F(client_quotas_test, wrong_rows_are_refused_and_the_others_made) {
  protocol::alter_client_quotas_request request;
  add_entry(request, {{"client-id", "good"}}, {{"producer_byte_rate", 5}});
  add_entry(request, {{"client-id", "bad"}}, {{"nonsense", 5}});
  add_entry(request, {{"client-id", "twice"}}, {{"producer_byte_rate", 5}});
  add_entry(request, {{"client-id", "twice"}}, {{"producer_byte_rate", 6}});
  add_entry(request, {{"client-id", "keys"}},
            {{"producer_byte_rate", 5}, {"producer_byte_rate", 6}});
  add_entry(request, {}, {{"producer_byte_rate", 5}});
  add_entry(request, {{"ip", "1.2.3.4"}}, {{"connection_creation_rate", 5}});
  const auto wrong = wire_error::invalid_request;
  EXPECT_EQ(alter(request),
            (std::vector{wire_error::none, wrong, wrong, wrong, wrong, wrong, wire_error::none}));
  EXPECT_EQ(shown({}, false), (std::vector<std::string>{"good", "1.2.3.4"}));
}

TEST_F(client_quotas_test, validation_alone_changes_nothing) {
  protocol::alter_client_quotas_request request;
  add_entry(request, {{"client-id", "a"}}, {{"producer_byte_rate", 5}});
  request.validate_only = true;
  EXPECT_EQ(alter(request), std::vector{wire_error::none});
  EXPECT_EQ(shown({}, false), std::vector<std::string>{});
}

TEST_F(client_quotas_test, filters_show_what_fits_them) {
  set("producer_byte_rate", 1, {{"client-id", "a"}});
  set("producer_byte_rate", 1, {{"client-id", std::nullopt}});
  set("producer_byte_rate", 1, {{"client-id", "b"}, {"user", "u"}});
  set("producer_byte_rate", 1, {{"user", std::nullopt}});
  using rows = std::vector<std::string>;
  EXPECT_EQ(shown({}, true), rows{});
  EXPECT_EQ(shown({{"client-id", 2, {}}}, false), (rows{"-", "a", "u"}));
  EXPECT_EQ(shown({{"client-id", 2, {}}}, true), (rows{"-", "a"}));
  EXPECT_EQ(shown({{"client-id", 0, "a"}}, true), rows{"a"});
  EXPECT_EQ(shown({{"client-id", 0, "b"}}, true), rows{});
  EXPECT_EQ(shown({{"client-id", 0, "b"}}, false), rows{"u"});
  EXPECT_EQ(shown({{"client-id", 1, {}}}, false), rows{"-"});
  EXPECT_EQ(shown({{"user", 2, {}}, {"client-id", 2, {}}}, true), rows{"u"});
}

TEST_F(client_quotas_test, wrong_filters_are_refused) {
  const auto error = [&](const std::vector<std::tuple<std::string_view, int, name>>& components) {
    shown(components, false);
    return error_;
  };
  EXPECT_EQ(error({{"user", 0, {}}}), wire_error::invalid_request);
  EXPECT_EQ(error({{"user", 1, "u"}}), wire_error::invalid_request);
  EXPECT_EQ(error({{"user", 2, "u"}}), wire_error::invalid_request);
  EXPECT_EQ(error({{"user", 7, {}}}), wire_error::invalid_request);
  EXPECT_EQ(error({{"", 1, {}}}), wire_error::invalid_request);
  EXPECT_EQ(error({{"user", 1, {}}, {"user", 2, {}}}), wire_error::invalid_request);
  EXPECT_EQ(error({{"user", 1, {}}, {"ip", 2, {}}}), wire_error::invalid_request);
  EXPECT_EQ(error({{"foo", 1, {}}}), wire_error::unsupported_version);
}

// Enforcing ---------------------------------------------------------------------------------------

TEST_F(client_quotas_test, producer_beyond_his_rate_is_answered_and_then_not_read) {
  EXPECT_EQ(produce(50'000)->mute, 0ms);
  set("producer_byte_rate", 10'000);
  const auto answered = produce(50'000);
  EXPECT_GE(answered->mute, 4s);
  EXPECT_LT(answered->mute, 5s);
  const auto response = test_broker::decode<protocol::produce_response>(*answered, 9);
  EXPECT_EQ(response->responses[0].partition_responses[0].error_code, wire_error::none);
  EXPECT_EQ(response->throttle_time_ms, answered->mute.count());
  broker_.advance(6s);
  EXPECT_EQ(produce(100)->mute, 0ms);
  set("producer_byte_rate", std::nullopt);
  EXPECT_EQ(produce(500'000)->mute, 0ms);
}

TEST_F(client_quotas_test, producer_who_wants_no_answer_waits_too) {
  set("producer_byte_rate", 10'000);
  const auto done = produce(50'000, 0);
  EXPECT_EQ(done->what, reply::kind::nothing);
  EXPECT_GE(done->mute, 4s);
}

TEST_F(client_quotas_test, all_connections_of_a_client_pay_together) {
  set("producer_byte_rate", 10'000);
  EXPECT_EQ(produce(5'000, 1, 1)->mute, 0ms);
  EXPECT_EQ(produce(4'000, 1, 2)->mute, 0ms);
  EXPECT_GT(produce(5'000, 1, 3)->mute, 0ms);
}

TEST_F(client_quotas_test, fetches_are_charged_what_they_are_answered) {
  produce(30'000);
  set("consumer_byte_rate", 10'000);
  const auto answered = fetch();
  EXPECT_GE(answered->mute, 2s);
  const auto response = test_broker::decode<protocol::fetch_response>(*answered, 12);
  EXPECT_EQ(response->throttle_time_ms, answered->mute.count());
  EXPECT_EQ(produce(30'000)->mute, 0ms) << "producing is another matter";
}

TEST_F(client_quotas_test, time_of_the_thread_is_felt_by_the_next_request) {
  set("request_percentage", 1);
  broker_.let_time_pass(5ms);  // with each look at the clock
  const auto ask = [&] {
    return submit(test_broker::frame_of(protocol::api_versions_request{}, 2));
  };
  EXPECT_EQ(ask()->mute, 0ms);
  EXPECT_EQ(ask()->mute, 0ms);
  std::chrono::milliseconds longest{0};
  for (int times = 0; times < 10; ++times) {
    longest = std::max(longest, ask()->mute);
  }
  EXPECT_EQ(longest, 1s) << "at most a second at a time";
}

TEST_F(client_quotas_test, partitions_beyond_the_rate_are_refused_or_made_and_waited_for) {
  set("controller_mutation_rate", 2);
  protocol::create_topics_request request;
  request.timeout_ms = 1000;
  for (const std::string_view each : {"a", "b"}) {
    auto& topic = request.topics.emplace_back();
    topic.name = each;
    topic.num_partitions = 6;
    topic.replication_factor = 1;
  }
  const auto answer = broker_.ask<protocol::create_topics_response>(request, 7);
  EXPECT_EQ(answer->topics[0].error_code, wire_error::none) << "nothing had been taken before";
  EXPECT_EQ(answer->topics[1].error_code, wire_error::throttling_quota_exceeded);
  EXPECT_EQ(answer->throttle_time_ms, 2000);

  protocol::create_partitions_request growth;
  growth.timeout_ms = 1000;
  auto& topic = growth.topics.emplace_back();
  topic.name = "a";
  topic.count = 8;
  topic.assignments = std::nullopt;
  EXPECT_EQ(broker_.ask<protocol::create_partitions_response>(growth, 3)->results[0].error_code,
            wire_error::throttling_quota_exceeded);
  const auto old = broker_.ask<protocol::create_partitions_response>(growth, 2);
  EXPECT_EQ(old->results[0].error_code, wire_error::none);
  EXPECT_EQ(old->throttle_time_ms, 3000);

  protocol::delete_topics_request removal;
  removal.timeout_ms = 1000;
  removal.topic_names = {"a"};
  EXPECT_EQ(broker_.ask<protocol::delete_topics_response>(removal, 5)->responses[0].error_code,
            wire_error::throttling_quota_exceeded);
  broker_.advance(3s);
  EXPECT_EQ(broker_.ask<protocol::delete_topics_response>(removal, 5)->responses[0].error_code,
            wire_error::none);
}

}  // namespace
}  // namespace tidemill::api
