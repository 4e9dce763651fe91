#include "api/produce.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/metadata.hpp"
#include "api/partition_lookup.hpp"
#include "api/partition_operation.hpp"
#include "api/wire_error.hpp"
#include "partition/partition.hpp"
#include "protocol/produce.hpp"

namespace tidemill::api {

namespace {

using protocol::wire_error;
using request_topic = protocol::produce_request_topic;
using response_partition = protocol::produce_response_partition;

constexpr api_version zstd_since{7};
/// KIP-951.
constexpr api_version leader_since{10};
constexpr api_version topic_ids_since{13};
/// The one client that Kafka lets write to internal topics.
constexpr std::string_view admin_client = "__admin_client";
constexpr std::int16_t acks_none = 0;
constexpr std::int16_t acks_leader = 1;
constexpr std::int16_t acks_all = -1;

/// One partition of the request and what became of it.
struct row {
  partition_index index{0};
  bytes_view records;
  wire_error error = wire_error::none;
  std::string_view message;
  std::optional<partition::append_success> stored;
  partition::append_failure failure;
  offset log_start{-1};
};

class produce_operation final : public partition_operation {
 public:
  produce_operation(request_context request, protocol::produce_request asked)
      : partition_operation(std::move(request)), asked_(std::move(asked)) {
    options_.acks = asked_.acks == acks_all      ? partition::acknowledge::by_all
                    : asked_.acks == acks_leader ? partition::acknowledge::by_leader
                                                 : partition::acknowledge::when_appended;
    options_.timeout = std::chrono::milliseconds{std::max(asked_.timeout_ms, 0)};
    options_.zstd_allowed = request_.version >= zstd_since;
    client_ = {request_.client_id.value_or(std::string_view()), request_.connection->listener,
               request_.connection->peer};
    options_.client = &client_;
    for (const auto& topic : asked_.topic_data) {
      add_topic(topic);
    }
  }

 private:
  /// Set when the whole request is refused.
  [[nodiscard]] std::optional<std::pair<wire_error, std::string_view>> refusal() const {
    if (asked_.acks != acks_none && asked_.acks != acks_leader && asked_.acks != acks_all) {
      return std::pair{wire_error::invalid_required_acks, std::string_view("acks is 0, 1 or -1")};
    }
    if (asked_.transactional_id) {
      return std::pair{wire_error::unsupported_version,
                       std::string_view("this broker does not serve transactions yet")};
    }
    return std::nullopt;
  }

  [[nodiscard]] const metadata::topic* find_topic(const request_topic& topic) const noexcept {
    const auto& image = *request_.dispatch->image;
    return request_.version >= topic_ids_since ? image.find_topic(topic.topic_id)
                                               : image.find_topic(topic.name);
  }

  void add_topic(const request_topic& asked) {
    const auto* topic = find_topic(asked);
    const auto refused = refusal();
    auto error = wire_error::none;
    if (refused) {
      error = refused->first;
    } else if (topic == nullptr && request_.version >= topic_ids_since) {
      error = wire_error::unknown_topic_id;
    } else if (!request_.may(operation::write, resource_kind::topic,
                             topic != nullptr ? std::string_view(topic->name) : asked.name)) {
      error = wire_error::topic_authorization_failed;
    } else if (topic != nullptr && topic->is_internal && request_.client_id != admin_client) {
      error = wire_error::invalid_topic_exception;
    }
    for (const auto& partition : asked.partition_data) {
      auto& added = rows_.emplace_back();
      added.index = partition.index;
      added.records = partition.records ? partition.records->bytes : bytes_view{};
      added.error = error;
      added.message = refused ? refused->second : std::string_view{};
      if (error == wire_error::none) {
        add_partition(added, topic);
      }
    }
  }

  void add_partition(row& added, const metadata::topic* topic) {
    const auto located = locate(request_, topic, added.index);
    added.error = located.error;
    if (located.error == wire_error::none) {
      add_share(located.key, located.shard);
      row_of_share_.push_back(rows_.size() - 1);
    }
  }

  [[nodiscard]] bool may_pause() const noexcept override { return false; }

  void visit(std::size_t share, result<partition::partition*> opened) override {
    auto& here = rows_[row_of_share_[share]];
    if (!opened) {
      here.failure.error = opened.error();
      return share_done(share);
    }
    auto& partition = **opened;
    here.log_start = partition.log_start();
    partition.append(request_.writable(here.records), options_,
                     [self = shared_from_this(), this, share](partition::append_outcome outcome) {
                       receive(share, std::move(outcome));
                     });
  }

  void receive(std::size_t share, partition::append_outcome outcome) {
    auto& here = rows_[row_of_share_[share]];
    if (outcome) {
      here.stored = *outcome;
    } else {
      here.failure = outcome.error();
    }
    share_done(share);
  }

  void complete() override {
    for (std::size_t share = 0; share < row_of_share_.size(); ++share) {
      auto& one = rows_[row_of_share_[share]];
      if (!one.stored) {
        one.error = wire_error_at(request_, key_of(share), one.failure.error);
      }
    }
    charge(request_, quota::kind::produce, static_cast<double>(request_.frame.size()));
    if (asked_.acks == acks_none) {
      return complete_unanswered();
    }
    request_.answer(response());
  }

  /// A client that wants no answer learns of an error by losing its connection, as with Kafka.
  void complete_unanswered() {
    const auto failed = std::find_if(rows_.begin(), rows_.end(),
                                     [](const row& one) { return one.error != wire_error::none; });
    if (failed == rows_.end()) {
      return request_.responder.send_nothing(throttle_time(request_));
    }
    request_.responder.close("produce with acks=0 failed with " +
                             std::string(to_string(failed->error)));
  }

  protocol::produce_response response() {
    protocol::produce_response response;
    response.responses.reserve(asked_.topic_data.size());
    std::size_t position = 0;
    bool moved = false;
    for (const auto& asked : asked_.topic_data) {
      auto& topic = response.responses.emplace_back();
      topic.name = asked.name;
      topic.topic_id = asked.topic_id;
      topic.partition_responses.reserve(asked.partition_data.size());
      for (std::size_t count = 0; count < asked.partition_data.size(); ++count) {
        const auto& one = rows_[position++];
        topic.partition_responses.push_back(response_row(one));
        if (leader_has_moved(one.error) && request_.version >= leader_since) {
          moved = true;
          topic.partition_responses.back().current_leader =
              leader_hint<protocol::produce_response_leader_id_and_epoch>(find_topic(asked),
                                                                          one.index);
        }
      }
    }
    if (moved) {
      name_brokers(response);
    }
    return response;
  }

  void name_brokers(protocol::produce_response& response) const {
    for (const auto& broker :
         brokers_on(*request_.dispatch->image, request_.connection->listener)) {
      response.node_endpoints.push_back({broker.node_id, broker.host, broker.port, broker.rack});
    }
  }

  response_partition response_row(const row& one) {
    response_partition answer;
    answer.index = one.index;
    answer.error_code = one.error;
    answer.log_start_offset = one.log_start;
    if (one.stored) {
      answer.base_offset = one.stored->base_offset;
      answer.log_append_time_ms = one.stored->log_append_time_ms.value_or(-1);
      answer.log_start_offset = one.stored->log_start;
      return answer;
    }
    answer.base_offset = offset{-1};
    answer.error_message = std::nullopt;
    if (!one.message.empty()) {
      answer.error_message = one.message;
    } else if (!one.failure.message.empty()) {
      answer.error_message = one.failure.message;
    } else if (one.failure.error) {
      answer.error_message = texts_.emplace_back(one.failure.error.message());
    }
    for (const auto& record : one.failure.invalid_records) {
      answer.record_errors.push_back({record.index, record::reason(record.error)});
    }
    for (const auto& record : one.failure.rejected_records) {
      answer.record_errors.push_back({record.index, record.message});
    }
    return answer;
  }

  protocol::produce_request asked_;
  /// Borrows from the frame and from the connection, which both outlive the operation; shards that
  /// own partitions of the request only read them.
  partition::producer_client client_;
  partition::append_options options_;
  std::vector<row> rows_;
  std::vector<std::size_t> row_of_share_;
  // Texts of the response, which borrows them.
  std::deque<std::string> texts_;
};

}  // namespace

void handle_produce(request_context request) {
  auto asked = protocol::decode<protocol::produce_request>(request.body, request.version);
  if (!asked) {
    return request.refuse(asked.error());
  }
  std::make_shared<produce_operation>(std::move(request), std::move(*asked))->start();
}

}  // namespace tidemill::api
