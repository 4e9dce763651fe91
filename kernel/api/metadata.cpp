#include "api/metadata.hpp"

#include <string>
#include <unordered_set>

#include "api/authorized_operations.hpp"
#include "api/topic_creation.hpp"
#include "base/uuid.hpp"
#include "metadata/topic_name.hpp"

namespace tidemill::api {

namespace {

using protocol::wire_error;
using response_topic = protocol::metadata_response_topic;
using request_topic = protocol::metadata_request_topic;

constexpr api_version null_means_all_since{1};
constexpr api_version creation_flag_since{4};
constexpr api_version ids_since{10};
constexpr api_version lookup_by_id_since{12};

/// Puts an answer together. The response borrows from the request's frame and from the image.
class metadata_answer {
 public:
  metadata_answer(request_context& request, const protocol::metadata_request& asked)
      : request_(request), asked_(asked), image_(*request.dispatch->image) {}

  [[nodiscard]] protocol::metadata_response make() {
    protocol::metadata_response response;
    response.brokers = brokers_on(image_, request_.connection->listener);
    cluster_id_ = to_string(image_.cluster_id());
    response.cluster_id = cluster_id_;
    response.controller_id = controller_for_clients(*request_.dispatch);
    add_topics(response.topics);
    if (asked_.include_cluster_authorized_operations) {
      response.cluster_authorized_operations =
          authorized_operations(request_, resource_kind::cluster, cluster_resource);
    }
    return response;
  }

 private:
  [[nodiscard]] bool wants_all() const noexcept {
    return !asked_.topics || (request_.version < null_means_all_since && asked_.topics->empty());
  }
  [[nodiscard]] bool may_create() const noexcept {
    return request_.version < creation_flag_since || asked_.allow_auto_topic_creation;
  }

  void add_topics(std::vector<response_topic>& to) {
    if (wants_all()) {
      for (const auto& topic : image_.topics()) {
        if (request_.may(operation::describe, resource_kind::topic, topic.name)) {
          to.push_back(found(topic));
        }
      }
      return;
    }
    std::unordered_set<std::string_view> names;
    std::unordered_set<topic_id> ids;
    for (const auto& wanted : *asked_.topics) {
      const bool by_id = request_.version >= lookup_by_id_since && !wanted.topic_id.is_zero();
      if (by_id) {
        if (ids.insert(wanted.topic_id).second) {
          to.push_back(by_topic_id(wanted));
        }
      } else if (names.insert(wanted.name.value_or("")).second) {
        to.push_back(by_name(wanted));
      }
    }
  }

  response_topic by_topic_id(const request_topic& wanted) {
    const auto* topic = image_.find_topic(wanted.topic_id);
    if (topic == nullptr || !request_.may(operation::describe, resource_kind::topic, topic->name)) {
      auto row = missing(std::nullopt, wire_error::unknown_topic_id);
      row.topic_id = wanted.topic_id;
      return row;
    }
    return found(*topic);
  }

  response_topic by_name(const request_topic& wanted) {
    if (!wanted.name || (!wanted.topic_id.is_zero() && request_.version >= ids_since)) {
      auto row = missing(wanted.name.value_or(""), wire_error::invalid_request);
      row.topic_id = wanted.topic_id;
      return row;
    }
    const auto name = *wanted.name;
    if (!request_.may(operation::describe, resource_kind::topic, name)) {
      return missing(name, wire_error::topic_authorization_failed);
    }
    const auto* topic = image_.find_topic(name);
    if (topic != nullptr) {
      return found(*topic);
    }
    auto row = missing(name, wire_error::unknown_topic_or_partition);
    if (!metadata::is_valid_topic_name(name)) {
      row.error_code = wire_error::invalid_topic_exception;
    } else if (may_create()) {
      row.error_code = create_on_demand(request_, name);
    }
    add_operations(row, name);
    return row;
  }

  void add_operations(response_topic& row, std::string_view name) {
    if (asked_.include_topic_authorized_operations &&
        row.error_code != wire_error::topic_authorization_failed) {
      row.topic_authorized_operations = authorized_operations(request_, resource_kind::topic, name);
    }
  }

  static response_topic missing(std::optional<std::string_view> name, wire_error why) {
    response_topic row;
    row.error_code = why;
    row.name = name;
    row.is_internal = name && metadata::is_internal_topic_name(*name);
    return row;
  }

  response_topic found(const metadata::topic& topic) {
    response_topic row;
    row.name = topic.name;
    row.topic_id = topic.id;
    row.is_internal = topic.is_internal;
    row.partitions.reserve(topic.partitions.size());
    for (std::size_t index = 0; index < topic.partitions.size(); ++index) {
      row.partitions.push_back(partition_row(topic.partitions[index], index));
    }
    add_operations(row, topic.name);
    return row;
  }

  protocol::metadata_response_partition partition_row(const metadata::partition& partition,
                                                      std::size_t index) const {
    protocol::metadata_response_partition row;
    row.partition_index = partition_index{static_cast<std::int32_t>(index)};
    row.error_code = partition.leader ? wire_error::none : wire_error::leader_not_available;
    row.leader_id = partition.leader.value_or(broker_id{-1});
    row.leader_epoch = partition.leader_epoch;
    row.replica_nodes = partition.replicas;
    row.in_sync_replicas = partition.in_sync_replicas;
    for (const auto replica : partition.replicas) {
      if (image_.find_broker(replica) == nullptr) {
        row.offline_replicas.push_back(replica);
      }
    }
    return row;
  }

  request_context& request_;
  const protocol::metadata_request& asked_;
  const metadata::image& image_;
  std::string cluster_id_;
};

}  // namespace

void handle_metadata(request_context request) {
  const auto asked = protocol::decode<protocol::metadata_request>(request.body, request.version);
  if (!asked) {
    return request.refuse(asked.error());
  }
  metadata_answer answer(request, *asked);
  auto response = answer.make();
  request.answer(response);
}

std::vector<protocol::metadata_response_broker> brokers_on(const metadata::image& image,
                                                           std::string_view listener) {
  std::vector<protocol::metadata_response_broker> rows;
  for (const auto& broker : image.brokers()) {
    if (const auto* endpoint = broker->endpoint_of(listener)) {
      auto& row = rows.emplace_back();
      row.node_id = broker->id;
      row.host = endpoint->host;
      row.port = endpoint->port;
      row.rack = broker->rack;
    }
  }
  return rows;
}

broker_id controller_for_clients(const dispatch_state& dispatch) noexcept {
  return dispatch.broker().id;
}

}  // namespace tidemill::api
