#include "api/topic_creation.hpp"

#include <string>
#include <utility>
#include <vector>

#include "io/event_loop.hpp"
#include "metadata/controller.hpp"
#include "metadata/topic_name.hpp"

namespace tidemill::api {

namespace {

/// Runs on the controller's loop; tells the asking shard when it is over.
void create(dispatch_state& dispatch, const std::string& name) {
  std::vector<metadata::new_topic> topics(1);
  topics.front().name = name;
  dispatch.dependencies.controller->create_topics(
      std::move(topics), false,
      [&dispatch, name](std::vector<metadata::outcome<metadata::created_topic>>) {
        dispatch.here().loop->post([&dispatch, name] { dispatch.topics_in_creation.erase(name); });
      });
}

}  // namespace

protocol::wire_error create_on_demand(request_context& request, std::string_view name) {
  auto& dispatch = *request.dispatch;
  // Topics that the brokers keep for themselves come into being when they are needed.
  if (!dispatch.broker().auto_create_topics || metadata::is_internal_topic_name(name) ||
      metadata::is_reserved_topic_name(name)) {
    return protocol::wire_error::unknown_topic_or_partition;
  }
  if (!request.may_on_cluster(operation::create) &&
      !request.may(operation::create, resource_kind::topic, name)) {
    return protocol::wire_error::topic_authorization_failed;
  }
  std::string owned(name);
  if (dispatch.topics_in_creation.size() < topic_creations_max &&
      dispatch.topics_in_creation.insert(owned).second) {
    dispatch.dependencies.shards.front().loop->post(
        [&dispatch, owned = std::move(owned)] { create(dispatch, owned); });
  }
  return protocol::wire_error::unknown_topic_or_partition;
}

}  // namespace tidemill::api
