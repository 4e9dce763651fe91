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

std::shared_ptr<const topic> image::find_shared_topic(const topic_id& id) const noexcept {
  const auto* found = topics_by_id_.find(id);
  return found != nullptr ? *found : nullptr;
}

const topic* image::find_colliding_topic(std::string_view name) const noexcept {
  const auto* found = topics_by_collision_.find({name});
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

const rule* image::find_rule(std::string_view file) const noexcept {
  const auto found = std::ranges::lower_bound(
      rules_, file, {},
      [](const std::shared_ptr<const rule>& one) { return std::string_view(one->file); });
  return found != rules_.end() && (*found)->file == file ? found->get() : nullptr;
}

namespace {

/// Of things that are held by pointer.
bool same_content(const auto& left, const auto& right) {
  return std::ranges::equal(left, right,
                            [](const auto& one, const auto& other) { return *one == *other; });
}

}  // namespace

bool image::same_state(const image& other) const {
  return cluster_id_ == other.cluster_id_ && partition_count_ == other.partition_count_ &&
         next_producer_id_ == other.next_producer_id_ && features_ == other.features_ &&
         same_content(brokers_, other.brokers_) && same_content(rules_, other.rules_) &&
         quotas_->same_content(*other.quotas_) &&
         std::equal(topics_in_order_.begin(), topics_in_order_.end(),
                    other.topics_in_order_.begin(), other.topics_in_order_.end());
}

namespace {

std::vector<partition_index> differing_partitions(const topic* before, const topic& after) {
  std::vector<partition_index> differing;
  for (std::size_t i = 0; i < after.partitions.size(); ++i) {
    const bool is_new = before == nullptr || i >= before->partitions.size();
    if (is_new || before->partitions[i] != after.partitions[i]) {
      differing.emplace_back(static_cast<std::int32_t>(i));
    }
  }
  return differing;
}

}  // namespace

topic_change change_of(std::shared_ptr<const topic> before, std::shared_ptr<const topic> after) {
  topic_change change;
  if (after != nullptr) {
    change.partitions = differing_partitions(before.get(), *after);
    change.settings_changed =
        before == nullptr ? !after->settings.empty() : before->settings != after->settings;
  }
  change.before = std::move(before);
  change.after = std::move(after);
  return change;
}

image_delta difference(const image& before, const image& after) {
  image_delta delta;
  for (auto each = before.topics().begin(); each != before.topics().end(); ++each) {
    if (after.find_topic(each->id) == nullptr) {
      delta.topics.push_back(change_of(each.shared(), nullptr));
    }
  }
  for (auto each = after.topics().begin(); each != after.topics().end(); ++each) {
    const auto previous = before.find_shared_topic(each->id);
    if (previous == nullptr || (previous != each.shared() && *previous != *each)) {
      delta.topics.push_back(change_of(previous, each.shared()));
    }
  }
  for (const auto& each : before.brokers()) {
    const auto* now = after.find_broker(each->id);
    if (now == nullptr || *now != *each) {
      delta.brokers.push_back(each->id);
    }
  }
  for (const auto& each : after.brokers()) {
    if (before.find_broker(each->id) == nullptr) {
      delta.brokers.push_back(each->id);
    }
  }
  delta.features_changed = !std::ranges::equal(before.features(), after.features());
  delta.rules_changed = !same_content(before.rules(), after.rules());
  delta.producer_ids_changed = before.next_producer_id() != after.next_producer_id();
  return delta;
}

}  // namespace tidemill::metadata
