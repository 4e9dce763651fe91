#include "api/leave_group.hpp"

#include <utility>
#include <vector>

#include "api/group_request.hpp"
#include "protocol/leave_group.hpp"

namespace tidemill::api {

namespace {

using protocol::wire_error;
using leave_operation = group_operation<protocol::leave_group_request>;

constexpr api_version list_since{3};

std::vector<groups::member_claim> claims_of(const leave_operation& operation) {
  const auto& asked = operation.asked;
  if (operation.request.version < list_since) {
    return {{asked.member_id, std::nullopt}};
  }
  std::vector<groups::member_claim> claims;
  for (const auto& member : asked.members) {
    claims.push_back({member.member_id, member.group_instance_id});
  }
  return claims;
}

void refuse(request_context& request, wire_error why) {
  protocol::leave_group_response response;
  response.error_code = why;
  request.answer(response);
}

void answer(leave_operation& operation, const std::vector<groups::errc>& outcomes) {
  auto& request = operation.request;
  protocol::leave_group_response response;
  if (request.version < list_since) {
    response.error_code = to_wire(outcomes.front());
    return request.answer(response);
  }
  for (std::size_t index = 0; index < outcomes.size(); ++index) {
    const auto error = to_wire(outcomes[index]);
    if (error == wire_error::not_coordinator || error == wire_error::coordinator_load_in_progress) {
      return refuse(request, error);  // concerns them all
    }
    auto& row = response.members.emplace_back();
    row.member_id = operation.asked.members[index].member_id;
    row.group_instance_id = operation.asked.members[index].group_instance_id;
    row.error_code = error;
  }
  request.answer(response);
}

}  // namespace

void handle_leave_group(request_context request) {
  const auto operation = decode_group_request<protocol::leave_group_request>(std::move(request));
  if (operation == nullptr) {
    return;
  }
  auto& context = operation->request;
  const auto group = operation->asked.group_id;
  if (!context.may(operation::read, resource_kind::group, group)) {
    return refuse(context, wire_error::group_authorization_failed);
  }
  if (group.empty()) {
    return refuse(context, wire_error::invalid_group_id);
  }
  const auto home = locate_group(*context.dispatch, group);
  if (home.error != wire_error::none) {
    return refuse(context, home.error);
  }
  work_on_shard(context, home.shard, [operation, home](groups::host& host) {
    auto outcomes = host.leave(home.home, operation->asked.group_id, claims_of(*operation));
    work_at_home(*operation->request.dispatch, home.shard,
                 [operation, outcomes = std::move(outcomes)] { answer(*operation, outcomes); });
  });
}

}  // namespace tidemill::api
