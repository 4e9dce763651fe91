#include "api/describe_quorum.hpp"

#include <string>
#include <vector>

#include "io/clock.hpp"
#include "io/event_loop.hpp"
#include "metadata/image.hpp"
#include "protocol/describe_quorum.hpp"

namespace tidemill::api {

namespace {

using protocol::wire_error;

constexpr std::string_view metadata_topic = "__cluster_metadata";
constexpr api_version nodes_since{2};

/// Kafka's admin client takes no other names.
std::string in_capitals(std::string_view name) {
  std::string text(name);
  for (char& one : text) {
    one = one >= 'a' && one <= 'z' ? static_cast<char>(one - 'a' + 'A') : one;
  }
  return text;
}

template <class Partition>
void describe_self(const request_context& request, Partition& row) {
  const auto& image = *request.dispatch->image;
  const broker_id self = request.dispatch->broker().id;
  const offset end = next(offset{image.index().value()});
  row.leader_id = self;
  row.leader_epoch = leader_epoch{static_cast<std::int32_t>(image.term().value())};
  row.high_watermark = end;
  auto& voter = row.current_voters.emplace_back();
  voter.replica_id = self;
  voter.log_end_offset = end;
  const auto now = request.dispatch->here().loop->clock().wall_now();
  voter.last_fetch_timestamp = now.time_since_epoch().count();
  voter.last_caught_up_timestamp = now.time_since_epoch().count();
}

}  // namespace

void handle_describe_quorum(request_context request) {
  const auto asked =
      protocol::decode<protocol::describe_quorum_request>(request.body, request.version);
  if (!asked) {
    return request.refuse(asked.error());
  }
  protocol::describe_quorum_response response;
  if (!request.may_on_cluster(operation::describe)) {
    response.error_code = wire_error::cluster_authorization_failed;
    response.error_message = "not allowed to describe the cluster";
    return request.answer(response);
  }
  response.error_message = "";
  bool is_described = false;
  for (const auto& topic : asked->topics) {
    auto& answered = response.topics.emplace_back();
    answered.topic_name = topic.topic_name;
    for (const auto& partition : topic.partitions) {
      auto& row = answered.partitions.emplace_back();
      row.partition_index = partition.partition_index;
      row.error_message = "";
      if (topic.topic_name == metadata_topic && partition.partition_index == partition_index{0}) {
        describe_self(request, row);
        is_described = true;
      } else {
        row.error_code = wire_error::unknown_topic_or_partition;
        row.error_message = "the quorum has no such partition";
      }
    }
  }
  const auto image = request.dispatch->image;  // the answer borrows from it
  const auto* self = image->find_broker(request.dispatch->broker().id);
  std::vector<std::string> names;  // the answer borrows them
  if (is_described && self != nullptr && request.version >= nodes_since) {
    names.reserve(self->endpoints.size());
    auto& node = response.nodes.emplace_back();
    node.node_id = self->id;
    for (const auto& each : self->endpoints) {
      auto& listener = node.listeners.emplace_back();
      listener.name = names.emplace_back(in_capitals(each.listener));
      listener.host = each.host;
      listener.port = each.port;
    }
  }
  request.answer(response);
}

}  // namespace tidemill::api
