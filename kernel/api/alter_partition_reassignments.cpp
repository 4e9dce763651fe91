#include "api/alter_partition_reassignments.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "protocol/alter_partition_reassignments.hpp"

namespace tidemill::api {

namespace {

using protocol::wire_error;
using verdict = std::pair<wire_error, std::string>;

/// nullopt where nothing is wrong with the list itself.
std::optional<std::string> problem_of(const std::vector<broker_id>& replicas,
                                      const metadata::image& image) {
  if (replicas.empty()) {
    return "the list of replicas is empty";
  }
  auto sorted = replicas;
  std::ranges::sort(sorted);
  if (const auto twice = std::ranges::adjacent_find(sorted); twice != sorted.end()) {
    return "broker " + std::to_string(twice->value()) + " is named twice";
  }
  for (const broker_id id : sorted) {
    if (image.find_broker(id) == nullptr) {
      return "broker " + std::to_string(id.value()) + " is not registered";
    }
  }
  return std::nullopt;
}

template <class Partition>
verdict judge(const request_context& request, std::string_view name, const Partition& asked) {
  const auto& image = *request.dispatch->image;
  const auto* topic = image.find_topic(name);
  const auto* partition = topic == nullptr ? nullptr : topic->find_partition(asked.partition_index);
  if (partition == nullptr) {
    return {wire_error::unknown_topic_or_partition,
            topic == nullptr ? "no such topic" : "no such partition"};
  }
  if (!asked.replicas) {
    return {wire_error::no_reassignment_in_progress, "there is nothing to cancel"};
  }
  if (auto problem = problem_of(*asked.replicas, image)) {
    return {wire_error::invalid_replica_assignment, std::move(*problem)};
  }
  if (*asked.replicas != partition->replicas) {
    return {wire_error::invalid_replica_assignment,
            "replicas do not move between brokers in this version"};
  }
  return {wire_error::none, {}};
}

}  // namespace

void handle_alter_partition_reassignments(request_context request) {
  const auto asked = protocol::decode<protocol::alter_partition_reassignments_request>(
      request.body, request.version);
  if (!asked) {
    return request.refuse(asked.error());
  }
  protocol::alter_partition_reassignments_response response;
  response.allow_replication_factor_change = asked->allow_replication_factor_change;
  if (!request.may_on_cluster(operation::alter)) {
    response.error_code = wire_error::cluster_authorization_failed;
    response.error_message = "not allowed to move replicas";
    return request.answer(response);
  }
  std::vector<std::string> messages;  // the response borrows them
  std::size_t count = 0;
  for (const auto& topic : asked->topics) {
    count += topic.partitions.size();
  }
  messages.reserve(count);
  for (const auto& topic : asked->topics) {
    auto& row = response.responses.emplace_back();
    row.name = topic.name;
    for (const auto& partition : topic.partitions) {
      auto [error, message] = judge(request, topic.name, partition);
      auto& result = row.partitions.emplace_back();
      result.partition_index = partition.partition_index;
      result.error_code = error;
      if (error != wire_error::none) {
        result.error_message = messages.emplace_back(std::move(message));
      }
    }
  }
  request.answer(response);
}

}  // namespace tidemill::api
