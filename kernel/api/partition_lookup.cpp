#include "api/partition_lookup.hpp"

#include "api/wire_error.hpp"
#include "partition/placement.hpp"

namespace tidemill::api {

using protocol::wire_error;

located_partition locate(const request_context& request, const metadata::topic* topic,
                         partition_index index) noexcept {
  located_partition found;
  const auto* partition = topic == nullptr ? nullptr : topic->find_partition(index);
  if (partition == nullptr) {
    found.error = wire_error::unknown_topic_or_partition;
    return found;
  }
  const auto& dispatch = *request.dispatch;
  if (partition->leader != dispatch.broker().id) {
    found.error =
        partition->leader ? wire_error::not_leader_or_follower : wire_error::leader_not_available;
    return found;
  }
  found.key = {topic->id, index};
  found.shard = partition::placed_on(topic->name, index, dispatch.dependencies.shards.size());
  return found;
}

wire_error wire_error_at(const request_context& request, const partition::partition_key& key,
                         const error_code& error) noexcept {
  const auto told = to_wire(error);
  const bool exists = request.dispatch->image->find_partition(key.topic, key.partition) != nullptr;
  return told == wire_error::not_leader_or_follower && !exists
             ? wire_error::unknown_topic_or_partition
             : told;
}

bool leader_has_moved(wire_error error) noexcept {
  return error == wire_error::not_leader_or_follower || error == wire_error::fenced_leader_epoch;
}

}  // namespace tidemill::api
