#include "api/sync_group.hpp"

#include <utility>

#include "api/group_request.hpp"
#include "protocol/sync_group.hpp"

namespace tidemill::api {

namespace {

using protocol::wire_error;
using sync_operation = group_operation<protocol::sync_group_request>;

constexpr api_version protocol_named_since{5};

groups::sync_request event_of(const sync_operation& operation) {
  const auto& asked = operation.asked;
  groups::sync_request event;
  event.group = asked.group_id;
  event.member = {asked.member_id, asked.group_instance_id};
  event.generation = asked.generation_id;
  event.protocol_type = asked.protocol_type;
  event.protocol = asked.protocol_name;
  for (const auto& row : asked.assignments) {
    event.assignments.emplace_back(row.member_id, row.assignment);
  }
  return event;
}

void refuse(request_context& request, wire_error why) {
  protocol::sync_group_response response;
  response.error_code = why;
  request.answer(response);
}

void answer(request_context& request, const groups::sync_reply& reply) {
  protocol::sync_group_response response;
  response.error_code = to_wire(reply.error);
  response.protocol_type = reply.protocol_type;
  response.protocol_name = reply.protocol;
  response.assignment = groups::view_of(reply.assignment);
  request.answer(response);
}

}  // namespace

void handle_sync_group(request_context request) {
  const auto operation = decode_group_request<protocol::sync_group_request>(std::move(request));
  if (operation == nullptr) {
    return;
  }
  auto& context = operation->request;
  const auto& asked = operation->asked;
  // From version 5 on the protocol has to be named.
  if (context.version >= protocol_named_since && (!asked.protocol_type || !asked.protocol_name)) {
    return refuse(context, wire_error::inconsistent_group_protocol);
  }
  if (!context.may(operation::read, resource_kind::group, asked.group_id)) {
    return refuse(context, wire_error::group_authorization_failed);
  }
  if (asked.group_id.empty()) {
    return refuse(context, wire_error::invalid_group_id);
  }
  const auto home = locate_group(*context.dispatch, asked.group_id);
  if (home.error != wire_error::none) {
    return refuse(context, home.error);
  }
  context.responder.waits();
  work_on_shard(
      context, home.shard, [operation, home, frame = std::move(context.owner)](groups::host& host) {
        auto event = event_of(*operation);
        operation->asked = {};
        host.sync(home.home, std::move(event), [operation, home](groups::sync_reply reply) {
          work_at_home(
              *operation->request.dispatch, home.shard,
              [operation, reply = std::move(reply)] { answer(operation->request, reply); });
        });
      });
}

}  // namespace tidemill::api
