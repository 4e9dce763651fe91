#include "api/find_coordinator.hpp"

#include "protocol/find_coordinator.hpp"

namespace tidemill::api {

namespace {

using protocol::wire_error;

constexpr std::int8_t group_kind = 0;
constexpr std::int8_t transaction_kind = 1;
constexpr std::int8_t share_kind = 2;
constexpr api_version batched_since{4};
constexpr api_version share_since{6};

struct refusal {
  wire_error error;
  std::string_view message;
};

refusal judge(const request_context& request, std::int8_t kind, std::string_view key) {
  switch (kind) {
    case group_kind:
      if (!request.may(operation::describe, resource_kind::group, key)) {
        return {wire_error::group_authorization_failed, "not allowed to describe the group"};
      }
      return {wire_error::coordinator_not_available, "this broker does not coordinate groups yet"};
    case transaction_kind:
      if (!request.may(operation::describe, resource_kind::transactional_id, key)) {
        return {wire_error::transactional_id_authorization_failed,
                "not allowed to describe the transactional id"};
      }
      return {wire_error::unsupported_version, "this broker does not serve transactions yet"};
    case share_kind:
      if (request.version >= share_since) {
        return {wire_error::unsupported_version, "this broker does not serve share groups yet"};
      }
      break;
    default:
      break;
  }
  return {wire_error::invalid_request, "unknown kind of coordinator"};
}

}  // namespace

void handle_find_coordinator(request_context request) {
  const auto asked =
      protocol::decode<protocol::find_coordinator_request>(request.body, request.version);
  if (!asked) {
    return request.refuse(asked.error());
  }
  protocol::find_coordinator_response response;
  if (request.version < batched_since) {
    const auto [error, message] = judge(request, asked->key_type, asked->key);
    response.error_code = error;
    response.error_message = message;
    response.node_id = broker_id{-1};
    response.port = -1;
    return request.answer(response);
  }
  for (const auto key : asked->coordinator_keys) {
    const auto [error, message] = judge(request, asked->key_type, key);
    auto& row = response.coordinators.emplace_back();
    row.key = key;
    row.node_id = broker_id{-1};
    row.port = -1;
    row.error_code = error;
    row.error_message = message;
  }
  request.answer(response);
}

}  // namespace tidemill::api
