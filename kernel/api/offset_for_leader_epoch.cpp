#include "api/offset_for_leader_epoch.hpp"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "api/partition_lookup.hpp"
#include "api/partition_operation.hpp"
#include "partition/partition.hpp"
#include "protocol/offset_for_leader_epoch.hpp"

namespace tidemill::api {

namespace {

using protocol::wire_error;
using request_partition = protocol::offset_for_leader_epoch_request_offset_for_leader_partition;

struct row {
  request_partition asked;
  wire_error error = wire_error::none;
  std::optional<log::leader_epoch_end> found;
  error_code failure;
};

class leader_epoch_operation final : public partition_operation {
 public:
  leader_epoch_operation(request_context request, protocol::offset_for_leader_epoch_request asked)
      : partition_operation(std::move(request)), asked_(std::move(asked)) {
    for (const auto& topic : asked_.topics) {
      const auto* known = request_.dispatch->image->find_topic(topic.topic);
      const bool allowed = request_.may(operation::describe, resource_kind::topic, topic.topic);
      for (const auto& partition : topic.partitions) {
        add_row(partition, known, allowed);
      }
    }
  }

 private:
  void add_row(const request_partition& asked, const metadata::topic* topic, bool allowed) {
    auto& one = rows_.emplace_back();
    one.asked = asked;
    if (!allowed) {
      one.error = wire_error::topic_authorization_failed;
      return;
    }
    const auto located = locate(request_, topic, asked.partition);
    one.error = located.error;
    if (located.error == wire_error::none) {
      add_share(located.key, located.shard);
      row_of_share_.push_back(rows_.size() - 1);
    }
  }

  void visit(std::size_t share, result<partition::partition*> opened) override {
    auto& one = rows_[row_of_share_[share]];
    const auto outcome = opened ? look_up(one, **opened) : result<void>(opened.error());
    if (!outcome) {
      one.failure = outcome.error();
    }
    share_done(share);
  }

  static result<void> look_up(row& one, const partition::partition& partition) {
    const auto current = expected_epoch(one.asked.current_leader_epoch);
    TIDEMILL_TRY(partition.check_epoch(current));
    if (one.asked.leader_epoch == leader_epoch{-1}) {
      return {};
    }
    TIDEMILL_TRY_ASSIGN(found, partition.end_offset_for(one.asked.leader_epoch, current));
    one.found = found;
    return {};
  }

  void complete() override {
    for (std::size_t share = 0; share < row_of_share_.size(); ++share) {
      auto& one = rows_[row_of_share_[share]];
      one.error = wire_error_at(request_, key_of(share), one.failure);
    }
    request_.answer(response());
  }

  protocol::offset_for_leader_epoch_response response() const {
    protocol::offset_for_leader_epoch_response response;
    std::size_t position = 0;
    for (const auto& asked : asked_.topics) {
      auto& topic = response.topics.emplace_back();
      topic.topic = asked.topic;
      for (std::size_t count = 0; count < asked.partitions.size(); ++count) {
        const auto& one = rows_[position++];
        auto& answer = topic.partitions.emplace_back();
        answer.partition = one.asked.partition;
        answer.error_code = one.error;
        if (one.error == wire_error::none && one.found) {
          answer.leader_epoch = one.found->epoch;
          answer.end_offset = one.found->end_offset;
        }
      }
    }
    return response;
  }

  protocol::offset_for_leader_epoch_request asked_;
  std::vector<row> rows_;
  std::vector<std::size_t> row_of_share_;
};

}  // namespace

void handle_offset_for_leader_epoch(request_context request) {
  auto asked =
      protocol::decode<protocol::offset_for_leader_epoch_request>(request.body, request.version);
  if (!asked) {
    return request.refuse(asked.error());
  }
  std::make_shared<leader_epoch_operation>(std::move(request), std::move(*asked))->start();
}

}  // namespace tidemill::api
