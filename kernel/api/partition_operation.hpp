#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "api/request_context.hpp"
#include "base/result.hpp"
#include "partition/assignment.hpp"

namespace tidemill::partition {
class partition;
}

namespace tidemill::api {

/// A request that has work on partitions of several shards: one task goes to each shard that owns
/// some of them, and one comes back when its last partition is done. Where all of them are on the
/// shard of the connection, nothing is posted and nothing waits: complete() may run inside start().
///
/// Held by std::shared_ptr, because every task and every pending append refers to it. Shares are
/// added before start() and not changed afterwards; what a share is about is the derived class's,
/// which writes on the share's shard and reads in complete(), after the tasks have synchronised.
class partition_operation : public std::enable_shared_from_this<partition_operation> {
 public:
  partition_operation(const partition_operation&) = delete;
  partition_operation& operator=(const partition_operation&) = delete;
  virtual ~partition_operation() = default;

  /// Begins; home loop. With no shares, complete() runs at once.
  void start();

 protected:
  explicit partition_operation(request_context request) noexcept : request_(std::move(request)) {}

  /// Names one more partition to visit; returns the number of the share, counted from 0.
  std::size_t add_share(const partition::partition_key& key, shard_index shard);
  [[nodiscard]] const partition::partition_key& key_of(std::size_t share) const noexcept {
    return shares_[share].key;
  }

  /// Whether others may have their turn between two shares: not where requests of a connection are
  /// to take effect in their order, so not for Produce.
  [[nodiscard]] virtual bool may_pause() const noexcept { return true; }

  /// The work on one partition, on its shard, shares of a shard in order of their numbers unless
  /// their logs have to be opened first. Calls share_done() exactly once, now or later, on that
  /// shard.
  virtual void visit(std::size_t share, result<partition::partition*> opened) = 0;
  void share_done(std::size_t share);

  /// All shares are done; home loop. Answers the request.
  virtual void complete() = 0;

  request_context request_;

 private:
  struct placed_share {
    partition::partition_key key;
    shard_index shard;
  };
  /// The shares of one shard that are not done; counted on that shard.
  struct shard_part {
    shard_index shard;
    std::size_t left = 0;
  };

  shard_part& part_of(shard_index shard);
  void visit_shard(shard_index shard, std::size_t first = 0);
  void shard_done(shard_index shard);
  void part_done();

  std::vector<placed_share> shares_;
  std::vector<shard_part> parts_;
  std::size_t parts_left_ = 0;
};

}  // namespace tidemill::api
