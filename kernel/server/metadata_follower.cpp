#include "server/metadata_follower.hpp"

#include <algorithm>
#include <utility>

#include "api/group_journal.hpp"
#include "api/image_catalog.hpp"
#include "groups/home.hpp"
#include "partition/placement.hpp"

namespace tidemill::server {
namespace {

bool has_replica(const metadata::partition& of, broker_id self) {
  return std::ranges::find(of.replicas, self) != of.replicas.end();
}

/// Runs on the shard: this loop's own work is done at once, that of others is sent there.
void run_on(shard& target, io::task work) {
  if (target.loop().is_current()) {
    work();
  } else {
    target.loop().post(std::move(work));
  }
}

}  // namespace

metadata_follower::metadata_follower(broker_id self, shard_list& shards, topic_policies& policies,
                                     io::blocking_pool& pool)
    : self_(self), shards_(shards), policies_(policies), pool_(pool) {}

void metadata_follower::image_changed(const std::shared_ptr<const metadata::image>& now,
                                      const metadata::image_delta& delta) {
  current_ = now;
  std::vector<orders> all(shards_.size());
  for (const metadata::topic_change& change : delta.topics) {
    add(change, all);
    add_coordinators(change, all);
  }
  for (std::size_t index = 0; index < shards_.size(); ++index) {
    shard& target = *shards_[index];
    if (!all[index].empty()) {
      run_on(target,
             [this, &target, work = std::move(all[index])]() mutable { carry_out(target, work); });
    }
  }
  tell_of_deletions(delta);
  const auto catalog = api::make_image_catalog(now);
  for (const auto& target : shards_) {
    run_on(*target, [to = target.get(), now, catalog] {
      to->groups->topics_changed(catalog);
      to->dispatch->image_changed(now);
    });
  }
  const std::uint64_t changes = now->client_quotas().address_changes();
  if (std::exchange(address_changes_, changes) != changes && quotas_changed_) {
    quotas_changed_(now->client_quotas());
  }
}

/// On the shard.
void metadata_follower::carry_out(shard& target, orders& work) {
  for (const partition_index home : work.resigned) {
    target.groups->resign(home);
  }
  for (const partition::partition_key& key : work.removed) {
    target.partitions->remove(key, [](const result<void>&) {});
  }
  for (auto& [key, assigned] : work.assigned) {
    target.partitions->assign(key, std::move(assigned));
  }
  for (const partition::partition_key& key : work.coordinated) {
    target.groups->lead(key.partition,
                        api::make_group_journal(*target.partitions, pool_, target.loop(), key));
  }
}

/// A coordinator goes with the leadership of its partition, and begins anew with each epoch of it.
void metadata_follower::add_coordinators(const metadata::topic_change& change,
                                         std::vector<orders>& all) {
  const auto& named = change.after != nullptr ? *change.after : *change.before;
  if (named.name != groups::offsets_topic_name) {
    return;
  }
  for (std::size_t index = 0; index < named.partitions.size(); ++index) {
    const partition_index home{static_cast<std::int32_t>(index)};
    const auto* before = change.before == nullptr ? nullptr : change.before->find_partition(home);
    const auto* after = change.after == nullptr ? nullptr : change.after->find_partition(home);
    const partition::partition_key key{named.id, home};
    orders& of_shard = all[partition::placed_on(named.name, home, all.size()).value()];
    if (after == nullptr || after->leader != self_) {
      of_shard.resigned.push_back(home);
    } else if (before == nullptr || before->leader != self_ ||
               before->leader_epoch != after->leader_epoch) {
      of_shard.coordinated.push_back(key);
    }
  }
}

void metadata_follower::tell_of_deletions(const metadata::image_delta& delta) {
  std::vector<std::string> names;
  for (const metadata::topic_change& change : delta.topics) {
    if (change.after == nullptr) {
      names.push_back(change.before->name);
    }
  }
  if (names.empty()) {
    return;
  }
  for (const auto& target : shards_) {
    run_on(*target, [to = target.get(), names] { to->groups->topics_deleted(names); });
  }
}

void metadata_follower::add(const metadata::topic_change& change, std::vector<orders>& all) {
  if (change.after == nullptr) {
    const std::size_t count = change.before->partitions.size();
    for (std::size_t index = 0; index < count; ++index) {
      remove_partition(*change.before, partition_index{static_cast<std::int32_t>(index)}, all);
    }
    return;
  }
  const metadata::topic& topic = *change.after;
  const auto policy = policies_.policy_for(topic.settings);
  // How many partitions there are is told to each of them, for partitioner checks.
  if (change.settings_changed ||
      (change.before != nullptr && change.before->partitions.size() != topic.partitions.size())) {
    for (std::size_t index = 0; index < topic.partitions.size(); ++index) {
      assign_partition(topic, partition_index{static_cast<std::int32_t>(index)}, policy, all);
    }
    return;
  }
  for (const partition_index index : change.partitions) {
    assign_partition(topic, index, policy, all);
  }
}

void metadata_follower::assign_partition(
    const metadata::topic& topic, partition_index index,
    const std::shared_ptr<const partition::topic_policy>& policy, std::vector<orders>& all) {
  const metadata::partition& decided = topic.partitions[static_cast<std::size_t>(index.value())];
  if (!has_replica(decided, self_)) {
    remove_partition(topic, index, all);
    return;
  }
  partition::assignment assigned;
  assigned.topic_name = topic.name;
  assigned.partition_count = static_cast<std::int32_t>(topic.partitions.size());
  assigned.epoch = decided.leader_epoch;
  assigned.version = decided.partition_epoch;
  assigned.leader = decided.leader;
  assigned.replicas = decided.replicas;
  assigned.in_sync = decided.in_sync_replicas;
  assigned.policy = policy;
  const auto shard = partition::placed_on(topic.name, index, all.size());
  all[shard.value()].assigned.emplace_back(partition::partition_key{topic.id, index},
                                           std::move(assigned));
}

void metadata_follower::remove_partition(const metadata::topic& topic, partition_index index,
                                         std::vector<orders>& all) {
  const auto shard = partition::placed_on(topic.name, index, all.size());
  all[shard.value()].removed.push_back({topic.id, index});
}

}  // namespace tidemill::server
