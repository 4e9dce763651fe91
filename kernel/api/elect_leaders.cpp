#include "api/elect_leaders.hpp"

#include <string>
#include <utility>

#include "protocol/elect_leaders.hpp"

namespace tidemill::api {

namespace {

using protocol::wire_error;

constexpr std::int8_t preferred_election = 0;
constexpr std::int8_t unclean_election = 1;

std::pair<wire_error, std::string> judge(const request_context& request,
                                         const protocol::elect_leaders_request& asked,
                                         std::string_view name, partition_index index) {
  if (asked.election_type != preferred_election && asked.election_type != unclean_election) {
    return {wire_error::invalid_request,
            "unknown election type " + std::to_string(asked.election_type)};
  }
  const auto* topic = request.dispatch->image->find_topic(name);
  if (topic == nullptr) {
    return {wire_error::unknown_topic_or_partition, "no such topic"};
  }
  const auto* partition = topic->find_partition(index);
  if (partition == nullptr) {
    return {wire_error::unknown_topic_or_partition, "no such partition"};
  }
  if (partition->leader) {
    return {wire_error::election_not_needed, "the partition has its leader"};
  }
  return asked.election_type == preferred_election
             ? std::pair(wire_error::preferred_leader_not_available,
                         std::string("the preferred leader is not there"))
             : std::pair(wire_error::eligible_leaders_not_available,
                         std::string("no replica is there that could lead"));
}

}  // namespace

void handle_elect_leaders(request_context request) {
  const auto asked =
      protocol::decode<protocol::elect_leaders_request>(request.body, request.version);
  if (!asked) {
    return request.refuse(asked.error());
  }
  protocol::elect_leaders_response response;
  if (!request.may_on_cluster(operation::alter)) {
    response.error_code = wire_error::cluster_authorization_failed;
  } else if (asked->election_type != preferred_election &&
             asked->election_type != unclean_election) {
    response.error_code = wire_error::invalid_request;
  }
  if (!asked->topic_partitions) {
    // All that need one: a row for each topic, as Kafka, without partitions.
    for (const auto& topic : request.dispatch->image->topics()) {
      if (response.error_code == wire_error::none) {
        response.replica_election_results.emplace_back().topic = topic.name;
      }
    }
    return request.answer(response);
  }
  std::vector<std::string> messages;  // the response borrows them
  std::size_t count = 0;
  for (const auto& topic : *asked->topic_partitions) {
    count += topic.partitions.size();
  }
  messages.reserve(count);
  for (const auto& topic : *asked->topic_partitions) {
    auto& row = response.replica_election_results.emplace_back();
    row.topic = topic.topic;
    for (const partition_index index : topic.partitions) {
      auto [error, message] = judge(request, *asked, topic.topic, index);
      if (response.error_code == wire_error::cluster_authorization_failed) {
        error = response.error_code;
        message = "not allowed to elect leaders";
      }
      auto& result = row.partition_result.emplace_back();
      result.partition_id = index;
      result.error_code = error;
      result.error_message = messages.emplace_back(std::move(message));
    }
  }
  request.answer(response);
}

}  // namespace tidemill::api
