#include "api/find_coordinator.hpp"

#include "api/topic_creation.hpp"
#include "groups/home.hpp"
#include "protocol/find_coordinator.hpp"

namespace tidemill::api {

namespace {

using protocol::wire_error;

constexpr std::int8_t group_kind = 0;
constexpr std::int8_t transaction_kind = 1;
constexpr std::int8_t share_kind = 2;
constexpr api_version batched_since{4};
constexpr api_version share_since{6};

/// Of one key: who coordinates it, or why nobody does.
struct verdict {
  wire_error error = wire_error::none;
  std::optional<std::string_view> message;
  const metadata::endpoint* endpoint = nullptr;
  broker_id node{-1};
};

verdict refused(wire_error error, std::string_view message) {
  return {error, message, nullptr, broker_id{-1}};
}

verdict find_group(request_context& request, std::string_view key) {
  if (!request.may(operation::describe, resource_kind::group, key)) {
    return refused(wire_error::group_authorization_failed, "not allowed to describe the group");
  }
  auto& dispatch = *request.dispatch;
  const auto* topic = dispatch.image->find_topic(groups::offsets_topic_name);
  if (topic == nullptr) {
    create_offsets_topic(dispatch);
    return refused(wire_error::coordinator_not_available, "the offsets topic is being made");
  }
  const auto home = groups::home_of(key, static_cast<std::int32_t>(topic->partitions.size()));
  const auto* partition = topic->find_partition(home);
  const auto* broker =
      partition->leader ? dispatch.image->find_broker(*partition->leader) : nullptr;
  const auto* endpoint =
      broker == nullptr ? nullptr : broker->endpoint_of(request.connection->listener);
  if (endpoint == nullptr) {
    return refused(wire_error::coordinator_not_available, "the coordinator is not there");
  }
  // Kafka has a word for no error, too, as long as there is one key.
  const std::string_view message = request.version < batched_since ? "NONE" : "";
  return {wire_error::none, message, endpoint, broker->id};
}

verdict judge(request_context& request, std::int8_t kind, std::string_view key) {
  switch (kind) {
    case group_kind:
      return find_group(request, key);
    case transaction_kind:
      if (!request.may(operation::describe, resource_kind::transactional_id, key)) {
        return refused(wire_error::transactional_id_authorization_failed,
                       "not allowed to describe the transactional id");
      }
      return refused(wire_error::unsupported_version,
                     "this broker does not serve transactions yet");
    case share_kind:
      if (request.version >= share_since) {
        return refused(wire_error::unsupported_version,
                       "this broker does not serve share groups yet");
      }
      break;
    default:
      break;
  }
  return refused(wire_error::invalid_request, "unknown kind of coordinator");
}

/// `Row` is the response itself in the versions for one key.
template <class Row>
void fill(Row& row, const verdict& found) {
  row.error_code = found.error;
  row.error_message = found.message;
  row.node_id = found.node;
  row.port = -1;
  if (found.endpoint != nullptr) {
    row.host = found.endpoint->host;
    row.port = found.endpoint->port;
  }
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
    fill(response, judge(request, asked->key_type, asked->key));
    return request.answer(response);
  }
  for (const auto key : asked->coordinator_keys) {
    auto& row = response.coordinators.emplace_back();
    row.key = key;
    fill(row, judge(request, asked->key_type, key));
  }
  request.answer(response);
}

}  // namespace tidemill::api
