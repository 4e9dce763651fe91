#include "api/join_group.hpp"

#include <chrono>
#include <utility>

#include "api/group_request.hpp"
#include "protocol/join_group.hpp"

namespace tidemill::api {

namespace {

using protocol::wire_error;
using std::chrono::milliseconds;
using join_operation = group_operation<protocol::join_group_request>;

constexpr api_version rebalance_timeout_since{1};
constexpr api_version member_id_required_since{4};
constexpr api_version null_protocol_since{7};
constexpr api_version skip_assignment_since{9};

groups::join_request event_of(const join_operation& operation) {
  const auto& asked = operation.asked;
  const auto& request = operation.request;
  groups::join_request event;
  event.group = asked.group_id;
  event.member = {asked.member_id, asked.group_instance_id};
  event.client_id = request.client_id.value_or("");
  event.client_host = operation.client_host;
  event.protocol_type = asked.protocol_type;
  for (const auto& protocol : asked.protocols) {
    event.protocols.push_back({protocol.name, protocol.metadata});
  }
  event.session_timeout = milliseconds(asked.session_timeout_ms);
  event.rebalance_timeout =
      milliseconds(request.version >= rebalance_timeout_since ? asked.rebalance_timeout_ms
                                                              : asked.session_timeout_ms);
  event.member_id_required = request.version >= member_id_required_since;
  event.may_skip_assignment = request.version >= skip_assignment_since;
  return event;
}

void answer(request_context& request, const groups::join_reply& reply) {
  protocol::join_group_response response;
  response.error_code = to_wire(reply.error);
  response.generation_id = reply.generation;
  response.protocol_type = reply.protocol_type;
  response.protocol_name = reply.protocol;
  if (!reply.protocol && request.version < null_protocol_since) {
    response.protocol_name = "";
  }
  response.leader = reply.leader;
  response.skip_assignment = reply.skip_assignment;
  response.member_id = reply.member;
  for (const auto& member : reply.members) {
    auto& row = response.members.emplace_back();
    row.member_id = member.id;
    row.group_instance_id = member.instance;
    row.metadata = groups::view_of(member.metadata);
  }
  request.answer(response);
}

void refuse(request_context& request, std::string_view member, wire_error why) {
  protocol::join_group_response response;
  response.error_code = why;
  response.member_id = member;
  if (request.version >= null_protocol_since) {
    response.protocol_name = std::nullopt;
  }
  request.answer(response);
}

}  // namespace

void handle_join_group(request_context request) {
  const auto operation = decode_group_request<protocol::join_group_request>(std::move(request));
  if (operation == nullptr) {
    return;
  }
  auto& context = operation->request;
  const auto group = operation->asked.group_id;
  if (!context.may(operation::read, resource_kind::group, group)) {
    return refuse(context, "", wire_error::group_authorization_failed);
  }
  if (group.empty()) {
    return refuse(context, operation->asked.member_id, wire_error::invalid_group_id);
  }
  const auto home = locate_group(*context.dispatch, group);
  if (home.error != wire_error::none) {
    return refuse(context, operation->asked.member_id, home.error);
  }
  // A join may wait for minutes: what the frame says is copied by the coordinator.
  context.responder.waits();
  work_on_shard(
      context, home.shard, [operation, home, frame = std::move(context.owner)](groups::host& host) {
        auto event = event_of(*operation);
        operation->asked = {};
        host.join(home.home, std::move(event), [operation, home](groups::join_reply reply) {
          work_at_home(
              *operation->request.dispatch, home.shard,
              [operation, reply = std::move(reply)] { answer(operation->request, reply); });
        });
      });
}

}  // namespace tidemill::api
