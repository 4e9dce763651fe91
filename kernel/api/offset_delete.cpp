#include "api/offset_delete.hpp"

#include <utility>
#include <vector>

#include "api/group_request.hpp"
#include "protocol/offset_delete.hpp"

namespace tidemill::api {

namespace {

using protocol::wire_error;

struct offset_delete_operation : group_operation<protocol::offset_delete_request> {
  using group_operation::group_operation;

  void judge_topics() {
    const auto& image = *request.dispatch->image;
    for (const auto& topic : asked.topics) {
      const auto* known = image.find_topic(topic.name);
      const bool may_read = request.may(operation::read, resource_kind::topic, topic.name);
      for (const auto& partition : topic.partitions) {
        auto wrong = wire_error::none;
        if (!may_read) {
          wrong = wire_error::topic_authorization_failed;
        } else if (known == nullptr ||
                   known->find_partition(partition.partition_index) == nullptr) {
          wrong = wire_error::unknown_topic_or_partition;
        }
        errors.push_back(wrong);
        if (wrong == wire_error::none) {
          rows.push_back({topic.name, partition.partition_index.value()});
        }
      }
    }
  }

  void receive(const groups::rows_reply& reply) {
    if (reply.error != groups::errc::none) {
      return refuse(to_wire(reply.error));
    }
    std::size_t next = 0;
    for (wire_error& each : errors) {
      if (each == wire_error::none) {
        each = to_wire(reply.rows[next++]);
      }
    }
    answer();
  }

  void answer() {
    protocol::offset_delete_response response;
    std::size_t next = 0;
    for (const auto& topic : asked.topics) {
      auto& row = response.topics.emplace_back();
      row.name = topic.name;
      for (const auto& partition : topic.partitions) {
        row.partitions.push_back({partition.partition_index, errors[next++]});
      }
    }
    request.answer(response);
  }

  void refuse(wire_error why) {
    protocol::offset_delete_response response;
    response.error_code = why;
    request.answer(response);
  }

  std::vector<wire_error> errors;
  std::vector<groups::delete_offsets_request::row> rows;
};

}  // namespace

void handle_offset_delete(request_context request) {
  auto asked = protocol::decode<protocol::offset_delete_request>(request.body, request.version);
  if (!asked) {
    return request.refuse(asked.error());
  }
  const auto operation =
      std::make_shared<offset_delete_operation>(std::move(request), std::move(*asked));
  auto& context = operation->request;
  const auto group = operation->asked.group_id;
  if (!context.may(operation::remove, resource_kind::group, group)) {
    return operation->refuse(wire_error::group_authorization_failed);
  }
  operation->judge_topics();
  if (group.empty()) {
    return operation->refuse(wire_error::invalid_group_id);
  }
  const auto home = locate_group(*context.dispatch, group);
  if (home.error != wire_error::none) {
    return operation->refuse(home.error);
  }
  work_on_shard(context, home.shard, [operation, home](groups::host& host) {
    host.delete_offsets(home.home, {operation->asked.group_id, operation->rows},
                        [operation, home](groups::rows_reply reply) {
                          work_at_home(
                              *operation->request.dispatch, home.shard,
                              [operation, reply = std::move(reply)] { operation->receive(reply); });
                        });
  });
}

}  // namespace tidemill::api
