#include "api/heartbeat.hpp"

#include <utility>

#include "api/group_request.hpp"
#include "protocol/heartbeat.hpp"

namespace tidemill::api {

namespace {

using protocol::wire_error;

void answer(request_context& request, wire_error error) {
  protocol::heartbeat_response response;
  response.error_code = error;
  request.answer(response);
}

}  // namespace

void handle_heartbeat(request_context request) {
  const auto operation = decode_group_request<protocol::heartbeat_request>(std::move(request));
  if (operation == nullptr) {
    return;
  }
  auto& context = operation->request;
  const auto group = operation->asked.group_id;
  if (!context.may(operation::read, resource_kind::group, group)) {
    return answer(context, wire_error::group_authorization_failed);
  }
  if (group.empty()) {
    return answer(context, wire_error::invalid_group_id);
  }
  const auto home = locate_group(*context.dispatch, group);
  if (home.error != wire_error::none) {
    return answer(context, home.error);
  }
  work_on_shard(context, home.shard, [operation, home](groups::host& host) {
    const auto& asked = operation->asked;
    const auto outcome = host.heartbeat(
        home.home,
        {asked.group_id, {asked.member_id, asked.group_instance_id}, asked.generation_id});
    work_at_home(*operation->request.dispatch, home.shard,
                 [operation, outcome] { answer(operation->request, to_wire(outcome)); });
  });
}

}  // namespace tidemill::api
