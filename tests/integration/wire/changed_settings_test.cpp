#include "protocol/incremental_alter_configs.hpp"
#include "protocol/produce.hpp"
#include "tests/support/broker_process.hpp"
#include "tests/support/topic_client.hpp"

namespace tidemill::testing {
namespace {

protocol::wire_error set(wire_client& client, std::string_view topic, std::string_view name,
                         std::string_view value) {
  protocol::incremental_alter_configs_request request;
  auto& resource = request.resources.emplace_back();
  resource.resource_type = 2;
  resource.resource_name = topic;
  resource.configs.push_back({name, 0, value});
  return client.call<protocol::incremental_alter_configs_response>(request, 1)
      ->responses.front()
      .error_code;
}

TEST(changed_settings, hold_for_the_next_batch_and_after_a_restart) {
  broker_process broker;
  broker.start();
  const std::vector<std::byte> large = make_batch({std::string(2000, 'x')});
  {
    wire_client client(broker.port());
    create_topic(client, "t", 1);
    EXPECT_EQ(produce(client, "t", 0, large).error, protocol::wire_error::none);
    EXPECT_EQ(set(client, "t", "max.message.bytes", "1000"), protocol::wire_error::none);
    EXPECT_EQ(produce(client, "t", 0, large).error, protocol::wire_error::message_too_large);
    EXPECT_EQ(set(client, "t", "max.message.bytes", "abc"), protocol::wire_error::invalid_config);
    EXPECT_EQ(set(client, "u", "max.message.bytes", "1000"),
              protocol::wire_error::unknown_topic_or_partition);
  }
  broker.stop(SIGKILL);
  broker.start();
  wire_client client(broker.port());
  EXPECT_EQ(produce(client, "t", 0, large).error, protocol::wire_error::message_too_large);
  EXPECT_EQ(produce(client, "t", 0, make_batch({"small"})).error, protocol::wire_error::none);
}

/// Many requests in one segment of bytes: they are stored together, answered one by one, in order.
TEST(pipelined_produce, is_answered_in_order_with_rising_offsets) {
  broker_process broker;
  broker.start();
  wire_client client(broker.port());
  create_topic(client, "t", 2);
  constexpr int requests = 500;
  for (int i = 0; i < requests; ++i) {
    const auto batch = make_batch({"value " + std::to_string(i)});
    protocol::produce_request request;
    request.acks = -1;
    request.timeout_ms = 5000;
    auto& topic = request.topic_data.emplace_back();
    topic.name = "t";
    auto& partition = topic.partition_data.emplace_back();
    partition.index = partition_index{i % 2};
    partition.records = protocol::records::inline_bytes(batch);
    client.send_request(request, 9);
  }
  for (int i = 0; i < requests; ++i) {
    const auto answer = client.receive<protocol::produce_response>(9);
    const auto& row = answer->responses.front().partition_responses.front();
    ASSERT_EQ(row.error_code, protocol::wire_error::none);
    ASSERT_EQ(row.base_offset, offset{i / 2});
  }
  for (int index = 0; index < 2; ++index) {
    const auto values = read_all(client, "t", index);
    ASSERT_EQ(values.size(), static_cast<std::size_t>(requests) / 2);
    for (int i = 0; i < requests / 2; ++i) {
      EXPECT_EQ(values[static_cast<std::size_t>(i)], "value " + std::to_string(2 * i + index));
    }
  }
}

}  // namespace
}  // namespace tidemill::testing
