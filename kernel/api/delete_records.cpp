#include "api/delete_records.hpp"

#include <memory>
#include <utility>
#include <vector>

#include "api/partition_lookup.hpp"
#include "api/partition_operation.hpp"
#include "metadata/topic_settings.hpp"
#include "partition/errc.hpp"
#include "partition/partition.hpp"
#include "protocol/delete_records.hpp"

namespace tidemill::api {

namespace {

using protocol::wire_error;

/// Everything that may be deleted: up to the high watermark.
constexpr offset to_high_watermark{-1};

struct row {
  offset to{0};
  wire_error error = wire_error::none;
  offset log_start{-1};
  error_code failure;
};

class delete_records_operation final : public partition_operation {
 public:
  delete_records_operation(request_context request, protocol::delete_records_request asked)
      : partition_operation(std::move(request)), asked_(std::move(asked)) {
    for (const auto& topic : asked_.topics) {
      for (const auto& partition : topic.partitions) {
        add_row(topic.name, partition.partition_index, partition.offset);
      }
    }
  }

 private:
  void add_row(std::string_view name, partition_index index, offset to) {
    auto& one = rows_.emplace_back();
    one.to = to;
    if (!request_.may(operation::remove, resource_kind::topic, name)) {
      one.error = wire_error::topic_authorization_failed;
      return;
    }
    const auto* topic = request_.dispatch->image->find_topic(name);
    const auto located = locate(request_, topic, index);
    one.error = located.error;
    if (located.error != wire_error::none) {
      return;
    }
    const auto& defaults = request_.dispatch->broker().topic_defaults;
    if (!metadata::resolve(topic->settings, defaults).deletes) {
      one.error = wire_error::policy_violation;
      return;
    }
    add_share(located.key, located.shard);
    row_of_share_.push_back(rows_.size() - 1);
  }

  void visit(std::size_t share, result<partition::partition*> opened) override {
    auto& one = rows_[row_of_share_[share]];
    auto moved = opened ? move_start(**opened, one.to) : result<offset>(opened.error());
    if (moved) {
      one.log_start = *moved;
    } else {
      one.failure = moved.error();
    }
    share_done(share);
  }

  static result<offset> move_start(partition::partition& of, offset to) {
    TIDEMILL_TRY(of.check_epoch(std::nullopt));
    if (to < to_high_watermark) {
      return partition::errc::offset_out_of_range;
    }
    return of.advance_start(to == to_high_watermark ? of.high_watermark() : to);
  }

  void complete() override {
    for (std::size_t share = 0; share < row_of_share_.size(); ++share) {
      auto& one = rows_[row_of_share_[share]];
      one.error = wire_error_at(request_, key_of(share), one.failure);
    }
    protocol::delete_records_response response;
    std::size_t position = 0;
    for (const auto& topic : asked_.topics) {
      if (topic.partitions.empty()) {
        continue;  // no row, as in Kafka
      }
      auto& answered = response.topics.emplace_back();
      answered.name = topic.name;
      for (const auto& partition : topic.partitions) {
        const row& one = rows_[position++];
        auto& answer = answered.partitions.emplace_back();
        answer.partition_index = partition.partition_index;
        answer.low_watermark = one.log_start;
        answer.error_code = one.error;
      }
    }
    request_.answer(response);
  }

  protocol::delete_records_request asked_;
  /// In the order of the request.
  std::vector<row> rows_;
  std::vector<std::size_t> row_of_share_;
};

}  // namespace

void handle_delete_records(request_context request) {
  auto asked = protocol::decode<protocol::delete_records_request>(request.body, request.version);
  if (!asked) {
    return request.refuse(asked.error());
  }
  std::make_shared<delete_records_operation>(std::move(request), std::move(*asked))->start();
}

}  // namespace tidemill::api
