#include "tests/support/topic_client.hpp"

#include "protocol/create_topics.hpp"
#include "protocol/fetch.hpp"
#include "protocol/produce.hpp"
#include "record/batch_builder.hpp"
#include "record/batch_view.hpp"
#include "record/record_iterator.hpp"

namespace tidemill::testing {
namespace {

constexpr std::int16_t produce_version = 11;
constexpr std::int16_t fetch_version = 12;
constexpr std::int32_t fetch_size_bytes = 8 << 20;

void expect_none(protocol::wire_error error, const std::string& where) {
  if (error != protocol::wire_error::none) {
    throw std::runtime_error(where + ": error " + std::to_string(static_cast<int>(error)));
  }
}

void append_values(bytes_view records, std::int64_t& next_offset,
                   std::vector<std::string>& values) {
  record::batch_scanner scanner(records);
  while (auto batch = scanner.next()) {
    record::record_iterator iterator(*batch);
    record::record_view record;
    while (iterator.next(record)) {
      const std::int64_t at = record::offset_of(*batch, record).value();
      if (at < next_offset) {
        continue;
      }
      if (at != next_offset) {
        throw std::runtime_error("offset " + std::to_string(at) + " after " +
                                 std::to_string(next_offset - 1));
      }
      ++next_offset;
      values.emplace_back(as_text(record.value.value_or(bytes_view{})));
    }
  }
}

}  // namespace

void create_topic(wire_client& client, const std::string& name, std::int32_t partitions,
                  const std::vector<std::pair<std::string, std::string>>& configs) {
  protocol::create_topics_request request;
  auto& topic = request.topics.emplace_back();
  topic.name = name;
  topic.num_partitions = partitions;
  topic.replication_factor = 1;
  for (const auto& [key, value] : configs) {
    auto& config = topic.configs.emplace_back();
    config.name = key;
    config.value = value;
  }
  const auto got = client.call<protocol::create_topics_response>(request, 7);
  expect_none(got->topics.at(0).error_code, "create " + name);
}

std::vector<std::byte> make_batch(const std::vector<std::string>& values,
                                  const idempotent_producer& producer) {
  record::batch_options options;
  if (producer.id >= 0) {
    options.producer = record::batch_producer{
        producer_id{producer.id}, producer_epoch{producer.epoch}, sequence{producer.sequence}};
  }
  record::batch_builder builder(options);
  for (const auto& value : values) {
    record::new_record next;
    next.timestamp_ms = 1'700'000'000'000;
    next.value = as_bytes(value);
    builder.append(next);
  }
  return builder.finish().value();
}

produced produce(wire_client& client, const std::string& topic, std::int32_t partition,
                 bytes_view batch, std::int16_t acks) {
  protocol::produce_request request;
  request.acks = acks;
  request.timeout_ms = 30'000;
  auto& to = request.topic_data.emplace_back();
  to.name = topic;
  auto& data = to.partition_data.emplace_back();
  data.index = partition_index{partition};
  data.records = protocol::records::inline_bytes(batch);
  const auto got = client.call<protocol::produce_response>(request, produce_version);
  const auto& answer = got->responses.at(0).partition_responses.at(0);
  return {answer.error_code, answer.base_offset.value()};
}

std::vector<std::string> read_all(wire_client& client, const std::string& topic,
                                  std::int32_t partition, std::int64_t from) {
  std::vector<std::string> values;
  std::int64_t next_offset = from;
  while (true) {
    protocol::fetch_request request;
    request.max_wait_ms = 0;
    request.min_bytes = 0;
    request.max_bytes = fetch_size_bytes;
    auto& at = request.topics.emplace_back();
    at.topic = topic;
    auto& wanted = at.partitions.emplace_back();
    wanted.partition = partition_index{partition};
    wanted.fetch_offset = offset{next_offset};
    wanted.partition_max_bytes = fetch_size_bytes;
    const auto got = client.call<protocol::fetch_response>(request, fetch_version);
    const auto& answer = got->responses.at(0).partitions.at(0);
    expect_none(answer.error_code, "fetch " + topic);
    if (answer.records) {
      append_values(answer.records->bytes, next_offset, values);
    }
    if (next_offset >= answer.high_watermark.value()) {
      return values;
    }
  }
}

}  // namespace tidemill::testing
