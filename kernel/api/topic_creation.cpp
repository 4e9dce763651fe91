#include "api/topic_creation.hpp"

#include <string>
#include <utility>
#include <vector>

#include "groups/home.hpp"
#include "io/event_loop.hpp"
#include "metadata/controller.hpp"
#include "metadata/topic_name.hpp"

namespace tidemill::api {

namespace {

/// Runs on the controller's loop; tells the asking shard when it is over.
void create(dispatch_state& dispatch, metadata::new_topic wanted) {
  std::string name = wanted.name;
  std::vector<metadata::new_topic> topics;
  topics.push_back(std::move(wanted));
  dispatch.dependencies.controller->create_topics(
      std::move(topics), false,
      [&dispatch, name](std::vector<metadata::outcome<metadata::created_topic>>) {
        dispatch.here().loop->post([&dispatch, name] { dispatch.topics_in_creation.erase(name); });
      });
}

/// Unless it is in work already, or too many others are.
void start_to_create(dispatch_state& dispatch, metadata::new_topic wanted) {
  if (dispatch.topics_in_creation.size() < topic_creations_max &&
      dispatch.topics_in_creation.insert(wanted.name).second) {
    dispatch.dependencies.shards.front().loop->post(
        [&dispatch, wanted = std::move(wanted)]() mutable { create(dispatch, std::move(wanted)); });
  }
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
  metadata::new_topic wanted;
  wanted.name = name;
  start_to_create(dispatch, std::move(wanted));
  return protocol::wire_error::unknown_topic_or_partition;
}

void create_offsets_topic(dispatch_state& dispatch) {
  const broker_options& options = dispatch.broker();
  metadata::new_topic wanted;
  wanted.name = groups::offsets_topic_name;
  wanted.partition_count = options.offsets_topic_partitions;
  wanted.own_settings = {
      {"cleanup.policy", "compact"},
      {"compression.type", "producer"},
      {"segment.bytes", std::to_string(options.offsets_topic_segment_bytes)},
      // Rules that are the default for everybody are not made for these records.
      {"tidemill.partitioner", ""},
      {"tidemill.partitioner.mode", "client"},
      {"tidemill.retention", ""},
      {"tidemill.validate", ""},
  };
  start_to_create(dispatch, std::move(wanted));
}

}  // namespace tidemill::api
