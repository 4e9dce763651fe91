#include "api/consumer_group_heartbeat.hpp"

#include <string>
#include <utility>
#include <vector>

#include "api/group_request.hpp"
#include "protocol/consumer_group_heartbeat.hpp"

namespace tidemill::api {

namespace {

using protocol::wire_error;
using beat_operation = group_operation<protocol::consumer_group_heartbeat_request>;

constexpr api_version own_ids_since{1};

std::optional<std::string> owned(const std::optional<std::string_view>& text) {
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

groups::consumer_heartbeat event_of(const beat_operation& operation) {
  const auto& asked = operation.asked;
  groups::consumer_heartbeat event;
  event.group = asked.group_id;
  event.member = asked.member_id;
  event.epoch = asked.member_epoch;
  event.instance = owned(asked.instance_id);
  event.rack = owned(asked.rack_id);
  event.rebalance_timeout_ms = asked.rebalance_timeout_ms;
  if (asked.subscribed_topic_names) {
    event.topics.emplace(asked.subscribed_topic_names->begin(),
                         asked.subscribed_topic_names->end());
  }
  event.expression = owned(asked.subscribed_topic_regex);
  event.assignor = owned(asked.server_assignor);
  if (asked.topic_partitions) {
    auto& all = event.owned.emplace();
    for (const auto& topic : *asked.topic_partitions) {
      for (const auto partition : topic.partitions) {
        all[topic.topic_id].insert(partition.value());
      }
    }
  }
  event.client_id = operation.request.client_id.value_or("");
  event.client_host = operation.client_host;
  event.may_be_nameless = operation.request.version < own_ids_since;
  return event;
}

void answer(request_context& request, const groups::consumer_heartbeat_reply& reply) {
  protocol::consumer_group_heartbeat_response response;
  response.error_code = to_wire(reply.error);
  if (reply.error != groups::errc::none) {
    response.error_message = reply.message;
    return request.answer(response);
  }
  response.member_id = reply.member;
  response.member_epoch = reply.epoch;
  response.heartbeat_interval_ms = reply.heartbeat_interval_ms;
  if (reply.assignment) {
    auto& assignment = response.assignment.emplace();
    for (const auto& [topic, partitions] : *reply.assignment) {
      auto& row = assignment.topic_partitions.emplace_back();
      row.topic_id = topic;
      for (const std::int32_t each : partitions) {
        row.partitions.emplace_back(each);
      }
    }
  }
  request.answer(response);
}

void refuse(request_context& request, wire_error why, std::string_view message) {
  protocol::consumer_group_heartbeat_response response;
  response.error_code = why;
  response.error_message = message;
  request.answer(response);
}

}  // namespace

void handle_consumer_group_heartbeat(request_context request) {
  const auto operation =
      decode_group_request<protocol::consumer_group_heartbeat_request>(std::move(request));
  if (operation == nullptr) {
    return;
  }
  auto& context = operation->request;
  const auto group = operation->asked.group_id;
  if (!context.may(operation::read, resource_kind::group, group)) {
    return refuse(context, wire_error::group_authorization_failed, "not allowed to read the group");
  }
  const auto home = locate_group(*context.dispatch, group);
  if (home.error != wire_error::none) {
    return refuse(context, home.error, "this broker does not coordinate the group");
  }
  work_on_shard(context, home.shard, [operation, home](groups::host& host) {
    host.consumer_beat(
        home.home, event_of(*operation), [operation, home](groups::consumer_heartbeat_reply reply) {
          work_at_home(
              *operation->request.dispatch, home.shard,
              [operation, reply = std::move(reply)] { answer(operation->request, reply); });
        });
  });
}

}  // namespace tidemill::api
