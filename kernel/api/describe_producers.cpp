#include "api/describe_producers.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "api/partition_lookup.hpp"
#include "api/partition_operation.hpp"
#include "api/repeated_names.hpp"
#include "log/producer_state.hpp"
#include "metadata/topic_name.hpp"
#include "partition/partition.hpp"
#include "protocol/describe_producers.hpp"

namespace tidemill::api {

namespace {

using protocol::wire_error;

struct row {
  wire_error error = wire_error::none;
  std::vector<log::producer_entry> producers;
  error_code failure;
};

class describe_producers_operation final : public partition_operation {
 public:
  describe_producers_operation(request_context request, protocol::describe_producers_request asked)
      : partition_operation(std::move(request)), asked_(std::move(asked)) {
    repeated_names names;
    for (auto& topic : asked_.topics) {
      std::erase_if(topic.partition_indexes, [&](partition_index index) {
        return !names.admits(topic.name, index.value());
      });
      for (const partition_index index : topic.partition_indexes) {
        add_row(topic.name, index);
      }
    }
  }

 private:
  void add_row(std::string_view name, partition_index index) {
    auto& one = rows_.emplace_back();
    if (!metadata::is_valid_topic_name(name)) {
      one.error = wire_error::invalid_topic_exception;
      return;
    }
    if (!request_.may(operation::read, resource_kind::topic, name)) {
      one.error = wire_error::topic_authorization_failed;
      return;
    }
    const auto located = locate(request_, request_.dispatch->image->find_topic(name), index);
    one.error = located.error;
    if (located.error == wire_error::none) {
      add_share(located.key, located.shard);
      row_of_share_.push_back(rows_.size() - 1);
    }
  }

  void visit(std::size_t share, result<partition::partition*> opened) override {
    auto& one = rows_[row_of_share_[share]];
    if (opened) {
      one.producers = (*opened)->producers().entries();
    } else {
      one.failure = opened.error();
    }
    share_done(share);
  }

  void complete() override {
    for (std::size_t share = 0; share < row_of_share_.size(); ++share) {
      auto& one = rows_[row_of_share_[share]];
      one.error = wire_error_at(request_, key_of(share), one.failure);
    }
    protocol::describe_producers_response response;
    std::size_t position = 0;
    for (const auto& topic : asked_.topics) {
      auto& answered = response.topics.emplace_back();
      answered.name = topic.name;
      for (const partition_index index : topic.partition_indexes) {
        auto& answer = answered.partitions.emplace_back();
        answer.partition_index = index;
        fill(answer, rows_[position++]);
      }
    }
    request_.answer(response);
  }

  template <class Partition>
  static void fill(Partition& answer, const row& one) {
    answer.error_code = one.error;
    for (const log::producer_entry& entry : one.producers) {
      auto& producer = answer.active_producers.emplace_back();
      producer.producer_id = entry.id;
      producer.producer_epoch = entry.epoch.value();
      producer.coordinator_epoch = entry.coordinator_epoch;
      producer.last_timestamp = entry.last_timestamp_ms;
      if (const log::producer_batch* latest = entry.latest()) {
        producer.last_sequence = latest->last_sequence;
      }
      if (entry.transaction_first_offset) {
        producer.current_txn_start_offset = *entry.transaction_first_offset;
      }
    }
  }

  protocol::describe_producers_request asked_;
  /// In the order of the request.
  std::vector<row> rows_;
  std::vector<std::size_t> row_of_share_;
};

}  // namespace

void handle_describe_producers(request_context request) {
  auto asked =
      protocol::decode<protocol::describe_producers_request>(request.body, request.version);
  if (!asked) {
    return request.refuse(asked.error());
  }
  std::make_shared<describe_producers_operation>(std::move(request), std::move(*asked))->start();
}

}  // namespace tidemill::api
