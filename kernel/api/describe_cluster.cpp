#include "api/describe_cluster.hpp"

#include <string>

#include "api/authorized_operations.hpp"
#include "api/metadata.hpp"
#include "base/uuid.hpp"
#include "protocol/describe_cluster.hpp"

namespace tidemill::api {

namespace {

using protocol::wire_error;

constexpr std::int8_t brokers_endpoint = 1;
constexpr std::int8_t controllers_endpoint = 2;

void refuse(request_context& request, wire_error error, const std::string& message) {
  protocol::describe_cluster_response response;
  response.error_code = error;
  response.error_message = message;
  request.answer(response);
}

}  // namespace

void handle_describe_cluster(request_context request) {
  const auto asked =
      protocol::decode<protocol::describe_cluster_request>(request.body, request.version);
  if (!asked) {
    return request.refuse(asked.error());
  }
  if (asked->endpoint_type == controllers_endpoint) {
    return refuse(request, wire_error::mismatched_endpoint_type,
                  "this endpoint is a broker's, not a controller's");
  }
  if (asked->endpoint_type != brokers_endpoint) {
    return refuse(request, wire_error::unsupported_endpoint_type,
                  "unsupported endpoint type " + std::to_string(asked->endpoint_type));
  }
  const auto& image = *request.dispatch->image;
  protocol::describe_cluster_response response;
  const auto cluster_id = to_string(image.cluster_id());
  response.cluster_id = cluster_id;
  response.controller_id = controller_for_clients(*request.dispatch);
  for (const auto& broker : brokers_on(image, request.connection->listener)) {
    auto& row = response.brokers.emplace_back();
    row.broker_id = broker.node_id;
    row.host = broker.host;
    row.port = broker.port;
    row.rack = broker.rack;
  }
  if (asked->include_cluster_authorized_operations) {
    response.cluster_authorized_operations =
        authorized_operations(request, resource_kind::cluster, cluster_resource);
  }
  request.answer(response);
}

}  // namespace tidemill::api
