#include "api/list_config_resources.hpp"

#include <algorithm>
#include <string>

#include "protocol/list_config_resources.hpp"

namespace tidemill::api {

namespace {

using protocol::wire_error;

constexpr std::int8_t topic_type = 2;
constexpr std::int8_t broker_type = 4;
constexpr std::int8_t broker_logger_type = 8;
constexpr std::int8_t client_metrics_type = 16;
constexpr std::int8_t group_type = 32;
/// Version 0 asks for client metrics only, of which there are none.
constexpr api_version types_since{1};

bool is_known(std::int8_t type) noexcept {
  return type == topic_type || type == broker_type || type == broker_logger_type ||
         type == client_metrics_type || type == group_type;
}

}  // namespace

void handle_list_config_resources(request_context request) {
  const auto asked =
      protocol::decode<protocol::list_config_resources_request>(request.body, request.version);
  if (!asked) {
    return request.refuse(asked.error());
  }
  protocol::list_config_resources_response response;
  if (!request.may_on_cluster(operation::describe_configs)) {
    response.error_code = wire_error::cluster_authorization_failed;
    return request.answer(response);
  }
  if (request.version < types_since) {
    return request.answer(response);
  }
  const auto& types = asked->resource_types;
  if (!std::ranges::all_of(types, is_known)) {
    response.error_code = wire_error::unsupported_version;
    return request.answer(response);
  }
  const auto wants = [&types](std::int8_t type) {
    return types.empty() || std::ranges::find(types, type) != types.end();
  };
  const auto add = [&response](std::string_view name, std::int8_t type) {
    auto& row = response.config_resources.emplace_back();
    row.resource_name = name;
    row.resource_type = type;
  };
  const auto image = request.dispatch->image;  // the answer borrows names from it
  std::vector<std::string> brokers;
  for (const auto& broker : image->brokers()) {
    brokers.push_back(std::to_string(broker->id.value()));
  }
  if (wants(broker_type)) {
    for (const std::string& id : brokers) {
      add(id, broker_type);
    }
  }
  if (wants(topic_type)) {
    for (const auto& topic : image->topics()) {
      add(topic.name, topic_type);
    }
  }
  request.answer(response);
}

}  // namespace tidemill::api
