#include "api/group_request.hpp"

#include "partition/placement.hpp"

namespace tidemill::api {

using protocol::wire_error;

located_group locate_group(const dispatch_state& dispatch, std::string_view group) noexcept {
  located_group found;
  const auto* topic = dispatch.image->find_topic(groups::offsets_topic_name);
  if (topic == nullptr || topic->partitions.empty()) {
    found.error = wire_error::not_coordinator;
    return found;
  }
  found.home = groups::home_of(group, static_cast<std::int32_t>(topic->partitions.size()));
  const auto* partition = topic->find_partition(found.home);
  if (partition->leader != dispatch.broker().id) {
    found.error = wire_error::not_coordinator;
    return found;
  }
  found.shard = partition::placed_on(topic->name, found.home, dispatch.dependencies.shards.size());
  return found;
}

}  // namespace tidemill::api
