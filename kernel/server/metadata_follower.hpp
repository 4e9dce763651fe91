#pragma once

#include <memory>
#include <vector>

#include "base/ids.hpp"
#include "metadata/image.hpp"
#include "partition/assignment.hpp"
#include "server/shard.hpp"
#include "server/topic_policies.hpp"

namespace tidemill::server {

/// Tells the shards what metadata has decided: first all of them which partitions they have, then
/// all of them the new image. In this order no client hears of a partition before its shard has
/// it, on whichever shard it asks. Loop of shard 0.
class metadata_follower final : public metadata::image_listener {
 public:
  /// Borrows all; it outlives the controller's stop.
  metadata_follower(broker_id self, shard_list& shards, topic_policies& policies,
                    io::blocking_pool& pool);

  void image_changed(const std::shared_ptr<const metadata::image>& now,
                     const metadata::image_delta& delta) override;

  /// Called when quotas of addresses have changed, after the shards have been told. Before the
  /// first image.
  void on_address_quotas(unique_function<void(const metadata::client_quotas&)> changed) {
    quotas_changed_ = std::move(changed);
  }

  /// The last image; nullptr before the first.
  [[nodiscard]] const std::shared_ptr<const metadata::image>& current() const noexcept {
    return current_;
  }

 private:
  /// What one shard is to do.
  struct orders {
    std::vector<std::pair<partition::partition_key, partition::assignment>> assigned;
    std::vector<partition::partition_key> removed;
    /// Partitions of the offsets topic whose groups are coordinated here, or no longer.
    std::vector<partition::partition_key> coordinated;
    std::vector<partition_index> resigned;

    [[nodiscard]] bool empty() const noexcept {
      return assigned.empty() && removed.empty() && coordinated.empty() && resigned.empty();
    }
  };

  void add(const metadata::topic_change& change, std::vector<orders>& all);
  void add_coordinators(const metadata::topic_change& change, std::vector<orders>& all);
  void carry_out(shard& target, orders& work);
  void tell_of_deletions(const metadata::image_delta& delta);
  void assign_partition(const metadata::topic& topic, partition_index index,
                        const std::shared_ptr<const partition::topic_policy>& policy,
                        std::vector<orders>& all);
  void remove_partition(const metadata::topic& topic, partition_index index,
                        std::vector<orders>& all);

  broker_id self_;
  shard_list& shards_;
  topic_policies& policies_;
  io::blocking_pool& pool_;
  unique_function<void(const metadata::client_quotas&)> quotas_changed_;
  std::uint64_t address_changes_ = 0;
  // Shared with the shards, each of which has its own pointer.
  std::shared_ptr<const metadata::image> current_;
};

}  // namespace tidemill::server
