#include "metadata/image.hpp"

#include <algorithm>

namespace tidemill::metadata {

const endpoint* broker::endpoint_of(std::string_view listener) const noexcept {
  const auto found = std::ranges::find(endpoints, listener, &endpoint::listener);
  return found != endpoints.end() ? &*found : nullptr;
}

const topic* image::find_topic(std::string_view name) const noexcept {
  const auto* found = topics_by_name_.find(name);
  return found != nullptr ? found->get() : nullptr;
}

const topic* image::find_topic(const topic_id& id) const noexcept {
  const auto* found = topics_by_id_.find(id);
  return found != nullptr ? found->get() : nullptr;
}

const partition* image::find_partition(const topic_id& id, partition_index index) const noexcept {
  const auto* found = find_topic(id);
  return found != nullptr ? found->find_partition(index) : nullptr;
}

const broker* image::find_broker(broker_id id) const noexcept {
  const auto found = std::ranges::lower_bound(
      brokers_, id, {},
      [](const std::shared_ptr<const broker>& candidate) { return candidate->id; });
  return found != brokers_.end() && (*found)->id == id ? found->get() : nullptr;
}

bool image::same_state(const image& other) const {
  const auto same_broker = [](const auto& left, const auto& right) { return *left == *right; };
  return cluster_id_ == other.cluster_id_ && partition_count_ == other.partition_count_ &&
         next_producer_id_ == other.next_producer_id_ && features_ == other.features_ &&
         std::ranges::equal(brokers_, other.brokers_, same_broker) &&
         std::equal(topics_in_order_.begin(), topics_in_order_.end(),
                    other.topics_in_order_.begin(), other.topics_in_order_.end());
}

}  // namespace tidemill::metadata
