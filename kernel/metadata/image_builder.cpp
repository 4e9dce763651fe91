#include "metadata/image_builder.hpp"

#include <algorithm>
#include <variant>

#include "base/assert.hpp"
#include "metadata/errc.hpp"
#include "metadata/topic_name.hpp"

namespace tidemill::metadata {
namespace {

broker_id id_of(const std::shared_ptr<const broker>& value) noexcept {
  return value->id;
}

result<void> contradiction_in_log() noexcept {
  return make_error_code(errc::record_invalid);
}

}  // namespace

image_builder::image_builder(std::shared_ptr<const image> base)
    : base_(std::move(base)), now_(std::make_shared<image>(*base_)) {}

result<void> image_builder::apply(const metadata_record& change, log_index index) {
  return std::visit([&](const auto& alternative) { return apply_one(alternative, index); }, change);
}

result<void> image_builder::apply_one(const cluster_record& change, log_index) {
  if (!now_->cluster_id_.is_zero() || change.cluster_id.is_zero()) {
    return contradiction_in_log();
  }
  now_->cluster_id_ = change.cluster_id;
  return {};
}

result<void> image_builder::apply_one(const broker_record& change, log_index index) {
  auto& brokers = now_->brokers_;
  const auto place = std::ranges::lower_bound(brokers, change.id, {}, id_of);
  auto registered = std::make_shared<const broker>(
      broker{change.id, change.epoch.value_or(broker_epoch{index.value()}), change.incarnation,
             change.endpoints, change.rack});
  note_broker(change.id);
  if (place == brokers.end() || (*place)->id != change.id) {
    brokers.insert(place, std::move(registered));
    return {};
  }
  const bool restarted = (*place)->incarnation != change.incarnation;
  *place = std::move(registered);
  if (restarted) {
    raise_leader_epochs_of(change.id);
  }
  return {};
}

/// A leader that restarts may have lost what was not on disk; the new epoch lets followers and
/// clients notice (KIP-101, KIP-320).
void image_builder::raise_leader_epochs_of(broker_id id) {
  std::vector<topic_id> led;
  for (const auto& candidate : now_->topics_in_order_) {
    if (std::ranges::any_of(candidate.partitions,
                            [&](const partition& state) { return state.leader == id; })) {
      led.push_back(candidate.id);
    }
  }
  for (const auto& led_topic : led) {
    for (auto& state : own_topic(led_topic)->partitions) {
      if (state.leader == id) {
        state.leader_epoch = leader_epoch{state.leader_epoch.value() + 1};
        state.partition_epoch = partition_epoch{state.partition_epoch.value() + 1};
      }
    }
  }
}

result<void> image_builder::apply_one(const remove_broker_record& change, log_index) {
  auto& brokers = now_->brokers_;
  const auto place = std::ranges::lower_bound(brokers, change.id, {}, id_of);
  if (place == brokers.end() || (*place)->id != change.id || (*place)->epoch != change.epoch) {
    return contradiction_in_log();
  }
  note_broker(change.id);
  brokers.erase(place);
  return {};
}

result<void> image_builder::apply_one(const topic_record& change, log_index) {
  if (!is_valid_topic_name(change.name) || change.id.is_zero() ||
      now_->find_topic(change.name) != nullptr || now_->find_topic(change.id) != nullptr) {
    return contradiction_in_log();
  }
  auto made = std::make_shared<topic>();
  made->name = change.name;
  made->id = change.id;
  made->is_internal = is_internal_topic_name(change.name);
  note_topic(change.id, nullptr);
  put_topic(made);
  return {};
}

result<void> image_builder::apply_one(const partition_record& change, log_index) {
  auto* owner = own_topic(change.topic);
  if (owner == nullptr || change.state.replicas.empty() ||
      static_cast<std::size_t>(change.index.value()) != owner->partitions.size()) {
    return contradiction_in_log();
  }
  owner->partitions.push_back(change.state);
  ++now_->partition_count_;
  return {};
}

result<void> image_builder::apply_one(const partition_change_record& change, log_index) {
  auto* owner = own_topic(change.topic);
  if (owner == nullptr || owner->find_partition(change.index) == nullptr) {
    return contradiction_in_log();
  }
  auto& state = owner->partitions[static_cast<std::size_t>(change.index.value())];
  if (change.replicas) {
    state.replicas = *change.replicas;
  }
  if (change.in_sync_replicas) {
    state.in_sync_replicas = *change.in_sync_replicas;
  }
  if (change.leader) {
    state.leader = *change.leader;
    state.leader_epoch = leader_epoch{state.leader_epoch.value() + 1};
  }
  state.partition_epoch = partition_epoch{state.partition_epoch.value() + 1};
  return {};
}

result<void> image_builder::apply_one(const remove_topic_record& change, log_index) {
  const auto* found = now_->topics_by_id_.find(change.topic);
  if (found == nullptr) {
    return contradiction_in_log();
  }
  const auto removed = *found;
  note_topic(change.topic, removed);
  own_topics_.erase(change.topic);
  now_->partition_count_ -= removed->partitions.size();
  now_->topics_by_id_.remove(change.topic);
  now_->topics_by_name_.remove(removed->name);
  const auto* colliding = now_->topics_by_collision_.find({removed->name});
  if (colliding != nullptr && (*colliding)->id == removed->id) {
    now_->topics_by_collision_.remove({removed->name});
  }
  now_->topics_in_order_.remove(removed->name);
  return {};
}

result<void> image_builder::apply_one(const topic_setting_record& change, log_index) {
  auto* owner = own_topic(change.topic);
  if (owner == nullptr) {
    return contradiction_in_log();
  }
  auto& settings = owner->settings;
  const auto place = std::ranges::lower_bound(settings, change.name, {}, &setting::name);
  const bool exists = place != settings.end() && place->name == change.name;
  if (!change.value) {
    if (exists) {
      settings.erase(place);
    }
  } else if (exists) {
    place->value = *change.value;
  } else {
    settings.insert(place, setting{change.name, *change.value});
  }
  return {};
}

result<void> image_builder::apply_one(const feature_level_record& change, log_index) {
  auto& features = now_->features_;
  const auto place = std::ranges::lower_bound(features, change.name, {}, &feature_level::name);
  const bool exists = place != features.end() && place->name == change.name;
  delta_.features_changed = true;
  if (change.level == 0) {
    if (exists) {
      features.erase(place);
    }
  } else if (exists) {
    place->level = change.level;
  } else {
    features.insert(place, feature_level{change.name, change.level});
  }
  return {};
}

result<void> image_builder::apply_one(const producer_ids_record& change, log_index) {
  if (change.next < now_->next_producer_id_) {
    return contradiction_in_log();
  }
  now_->next_producer_id_ = change.next;
  delta_.producer_ids_changed = true;
  return {};
}

result<void> image_builder::apply_one(const rule_record& change, log_index) {
  auto& rules = now_->rules_;
  const auto place = std::ranges::lower_bound(
      rules, change.file, {},
      [](const std::shared_ptr<const rule>& one) { return std::string_view(one->file); });
  const bool exists = place != rules.end() && (*place)->file == change.file;
  if (change.file.empty() || (!change.source && !exists)) {
    return contradiction_in_log();
  }
  delta_.rules_changed = true;
  if (!change.source) {
    rules.erase(place);
    return {};
  }
  auto next = exists ? std::make_shared<rule>(**place) : std::make_shared<rule>();
  next->file = change.file;
  next->versions.insert(next->versions.begin(),
                        {change.sha256, *change.source, change.accepted_at_ms});
  if (next->versions.size() > rule::versions_max) {
    next->versions.resize(rule::versions_max);
  }
  if (exists) {
    *place = std::move(next);
  } else {
    rules.insert(place, std::move(next));
  }
  return {};
}

result<void> image_builder::apply_one(const client_quota_record& change, log_index) {
  if (change.entity.empty() || change.key.empty()) {
    return contradiction_in_log();
  }
  if (own_quotas_ == nullptr) {
    own_quotas_ = std::make_shared<client_quotas>(now_->client_quotas());
    now_->quotas_ = own_quotas_;
  }
  if (change.value) {
    own_quotas_->set(change.entity, change.key, *change.value);
  } else {
    own_quotas_->remove(change.entity, change.key);
  }
  return {};
}

topic* image_builder::own_topic(const topic_id& id) {
  if (const auto owned = own_topics_.find(id); owned != own_topics_.end()) {
    return owned->second.get();
  }
  const auto* found = now_->topics_by_id_.find(id);
  if (found == nullptr) {
    return nullptr;
  }
  note_topic(id, *found);
  auto copy = std::make_shared<topic>(**found);
  put_topic(copy);
  return copy.get();
}

void image_builder::put_topic(const std::shared_ptr<topic>& value) {
  own_topics_.insert_or_assign(value->id, value);
  now_->topics_by_id_.put(value);
  now_->topics_by_name_.put(value);
  if (may_collide(value->name)) {
    now_->topics_by_collision_.put(value);
  }
  now_->topics_in_order_.put(value);
}

void image_builder::note_topic(const topic_id& id, std::shared_ptr<const topic> before) {
  // What the base had is the truth about "before"; a topic made here has none.
  const auto* in_base = base_->topics_by_id_.find(id);
  if (in_base == nullptr && before != nullptr) {
    return;  // Made here: noted when it was made.
  }
  if (in_base != nullptr && *in_base != before) {
    return;  // Changed here before: noted then.
  }
  touched_topics_.emplace_back(id, std::move(before));
}

void image_builder::note_broker(broker_id id) {
  if (std::ranges::find(delta_.brokers, id) == delta_.brokers.end()) {
    delta_.brokers.push_back(id);
  }
}

void image_builder::collect_topics(image_delta& delta) const {
  std::vector<topic_change> others;
  for (const auto& [id, before] : touched_topics_) {
    const auto* found = now_->topics_by_id_.find(id);
    if (found == nullptr) {
      if (before != nullptr) {
        delta.topics.push_back(change_of(before, nullptr));
      }
      continue;
    }
    others.push_back(change_of(before, *found));
  }
  std::ranges::move(others, std::back_inserter(delta.topics));
}

image_builder::outcome image_builder::finish(committed_position last) {
  for (auto& [id, owned] : own_topics_) {
    owned->partitions.shrink_to_fit();
    owned->settings.shrink_to_fit();
  }
  now_->index_ = last.index;
  now_->term_ = last.term;
  collect_topics(delta_);
  own_topics_.clear();
  own_quotas_.reset();
  base_.reset();
  return {std::move(now_), std::move(delta_)};
}

namespace {

void describe_topic(const topic& from, unique_function<void(const metadata_record&)>& take) {
  take(topic_record{from.name, from.id});
  for (std::size_t i = 0; i < from.partitions.size(); ++i) {
    take(partition_record{from.id, partition_index{static_cast<std::int32_t>(i)},
                          from.partitions[i]});
  }
  for (const auto& [name, value] : from.settings) {
    take(topic_setting_record{from.id, name, value});
  }
}

}  // namespace

void describe(const image& from, unique_function<void(const metadata_record&)> take) {
  if (!from.cluster_id().is_zero()) {
    take(cluster_record{from.cluster_id()});
  }
  for (const auto& [name, level] : from.features()) {
    take(feature_level_record{name, level});
  }
  for (const auto& registered : from.brokers()) {
    take(broker_record{registered->id, registered->epoch, registered->incarnation,
                       registered->endpoints, registered->rack});
  }
  for (const auto& each : from.topics()) {
    describe_topic(each, take);
  }
  for (const auto& of : from.client_quotas().in_order()) {
    for (const auto& [key, value] : of->values) {
      take(client_quota_record{of->entity, key, value});
    }
  }
  for (const auto& one : from.rules()) {
    for (auto version = one->versions.rbegin(); version != one->versions.rend(); ++version) {
      take(rule_record{one->file, version->sha256, version->source, version->accepted_at_ms});
    }
  }
  if (from.next_producer_id() != producer_id{0}) {
    take(producer_ids_record{broker_id{-1}, broker_epoch{-1}, from.next_producer_id()});
  }
}

}  // namespace tidemill::metadata
