#include "api/offset_commit.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "api/group_request.hpp"
#include "protocol/offset_commit.hpp"

namespace tidemill::api {

namespace {

using protocol::wire_error;
using request_topic = protocol::offset_commit_request_topic;

constexpr api_version member_epochs_since{9};
constexpr api_version topic_ids_since{10};

/// Rows of the answer, in the order of the request; those without an error so far go to the
/// coordinator.
struct commit_operation : group_operation<protocol::offset_commit_request> {
  using group_operation::group_operation;

  void judge_topics(wire_error for_all) {
    for (const auto& topic : asked.topics) {
      const metadata::topic* known = find(topic);
      const wire_error wrong = for_all != wire_error::none ? for_all : judge(topic, known);
      for (const auto& partition : topic.partitions) {
        const bool is_missing = wrong == wire_error::none &&
                                known->find_partition(partition.partition_index) == nullptr;
        errors.push_back(is_missing ? wire_error::unknown_topic_or_partition : wrong);
        if (errors.back() == wire_error::none) {
          rows.push_back({known->name, known->id, partition.partition_index.value(),
                          partition.committed_offset.value(),
                          partition.committed_leader_epoch.value(),
                          partition.committed_metadata.value_or("")});
        }
      }
    }
  }

  [[nodiscard]] const metadata::topic* find(const request_topic& topic) const noexcept {
    return request.version >= topic_ids_since ? image->find_topic(topic.topic_id)
                                              : image->find_topic(topic.name);
  }

  [[nodiscard]] wire_error judge(const request_topic& topic, const metadata::topic* known) const {
    const bool by_id = request.version >= topic_ids_since;
    if (by_id && known == nullptr) {
      return wire_error::unknown_topic_id;
    }
    if (!request.may(operation::read, resource_kind::topic, by_id ? known->name : topic.name)) {
      return wire_error::topic_authorization_failed;
    }
    return known == nullptr ? wire_error::unknown_topic_or_partition : wire_error::none;
  }

  /// Older clients know neither groups that are not there nor epochs of members.
  [[nodiscard]] wire_error as_told(wire_error error) const noexcept {
    if (request.version >= member_epochs_since) {
      return error;
    }
    if (error == wire_error::group_id_not_found) {
      return wire_error::illegal_generation;
    }
    return error == wire_error::stale_member_epoch ? wire_error::unsupported_version : error;
  }

  void receive(const groups::rows_reply& reply) {
    std::size_t next = 0;
    for (wire_error& each : errors) {
      if (each == wire_error::none) {
        each = as_told(to_wire(reply.rows[next++]));
      }
    }
  }

  void answer() {
    protocol::offset_commit_response response;
    std::size_t next = 0;
    for (const auto& topic : asked.topics) {
      auto& row = response.topics.emplace_back();
      row.name = topic.name;
      row.topic_id = topic.topic_id;
      for (const auto& partition : topic.partitions) {
        row.partitions.push_back({partition.partition_index, errors[next++]});
      }
    }
    request.answer(response);
  }

  // Of the rows: their topics' names stay while it is held.
  std::shared_ptr<const metadata::image> image = request.dispatch->image;
  std::vector<wire_error> errors;
  std::vector<groups::commit_request::row> rows;
};

groups::commit_request event_of(const commit_operation& operation) {
  const auto& asked = operation.asked;
  groups::commit_request event;
  event.group = asked.group_id;
  event.member = {asked.member_id, asked.group_instance_id};
  event.generation = asked.generation_id_or_member_epoch;
  event.rows = operation.rows;
  if (asked.retention_time_ms >= 0) {
    event.expire_time_ms =
        operation.request.dispatch->here().loop->clock().wall_now().time_since_epoch().count() +
        asked.retention_time_ms;
  }
  return event;
}

void store(const std::shared_ptr<commit_operation>& operation, const located_group& home) {
  work_on_shard(operation->request, home.shard, [operation, home](groups::host& host) {
    host.commit(home.home, event_of(*operation), [operation, home](groups::rows_reply reply) {
      work_at_home(*operation->request.dispatch, home.shard, [operation, reply = std::move(reply)] {
        operation->receive(reply);
        operation->answer();
      });
    });
  });
}

}  // namespace

void handle_offset_commit(request_context request) {
  auto asked = protocol::decode<protocol::offset_commit_request>(request.body, request.version);
  if (!asked) {
    return request.refuse(asked.error());
  }
  const auto operation = std::make_shared<commit_operation>(std::move(request), std::move(*asked));
  auto& context = operation->request;
  const auto group = operation->asked.group_id;
  const auto home = locate_group(*context.dispatch, group);
  if (!context.may(operation::read, resource_kind::group, group)) {
    operation->judge_topics(wire_error::group_authorization_failed);
    return operation->answer();
  }
  operation->judge_topics(wire_error::none);
  if (operation->rows.empty()) {
    return operation->answer();
  }
  if (home.error != wire_error::none) {
    std::ranges::replace(operation->errors, wire_error::none, home.error);
    return operation->answer();
  }
  store(operation, home);
}

}  // namespace tidemill::api
