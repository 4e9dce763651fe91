#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "replication/core/events.hpp"
#include "replication/core/waiter_queue.hpp"

namespace tidemill::replication {

/// What the leader knows of a follower.
struct follower_progress {
  broker_id id;
  /// Nothing is known before its first fetch in this epoch.
  std::optional<offset> log_end;
  /// The leader's log end, and the time, at that fetch.
  offset leader_end_at_fetch{0};
  monotonic_time fetched_at{};
  /// When it last had everything that the leader had (R19).
  monotonic_time caught_up_at{};
  bool in_sync = false;
  /// Proposed for the in-sync set; counts for the high watermark already (maximal in-sync set, R5).
  bool joining = false;
  bool eligible = true;
};

/// One replica of a partition in the role of its leader: a pure state machine without clock, disk
/// or network. Events come in through step(), what is to be done comes out in `actions` (appended
/// to, never cleared here). Invariants: the high watermark never falls within an epoch and never
/// passes the log end of a member of the maximal in-sync set; last stable offset <= high watermark;
/// each awaited token is released exactly once. With no followers every step is a few comparisons.
/// One thread.
class leader {
 public:
  leader() = default;

  // Role and in-sync set.
  void step(const elected& event, actions& out);
  void step(const resigned& event, actions& out);
  void step(const settings_changed& event, actions& out);
  void step(const in_sync_committed& event, actions& out);
  void step(const in_sync_refused& event, actions& out);
  void step(const replica_eligible& event, actions& out);
  // Progress.
  void step(const appended& event, actions& out);
  void step(const synced& event, actions& out);
  void step(const unstable_moved& event, actions& out);
  void step(const replica_fetched& event, actions& out);
  void step(const ticked& event, actions& out);
  // Waiting appends.
  void step(const awaited& event, actions& out);
  void step(const wait_expired& event, actions& out);

  /// May this be appended? Asked before the append (R13): not_leader, fenced_leader_epoch,
  /// unknown_leader_epoch, not_enough_replicas (only when all replicas shall acknowledge).
  [[nodiscard]] result<void> admit(bool acknowledged_by_all,
                                   std::optional<leader_epoch> expected) const noexcept;

  /// Compares a client's idea of the leader epoch (KIP-320); no idea is always right.
  [[nodiscard]] result<void> check_epoch(std::optional<leader_epoch> expected) const noexcept;

  /// True when an append that ends at `end` need not wait.
  [[nodiscard]] bool is_acknowledged(acknowledgement what, offset end) const noexcept;

  [[nodiscard]] bool leading() const noexcept { return leading_; }
  [[nodiscard]] leader_epoch epoch() const noexcept { return epoch_; }
  [[nodiscard]] offset log_end() const noexcept { return log_end_; }
  /// Up to where this replica counts as having the log: synced, where the topic wants that.
  [[nodiscard]] offset local_end() const noexcept {
    return sync_before_commit_ ? synced_end_ : log_end_;
  }
  [[nodiscard]] offset high_watermark() const noexcept { return high_watermark_; }
  /// The first offset that readers of committed transactions must not see (T12).
  [[nodiscard]] offset last_stable_offset() const noexcept { return last_stable_offset_; }
  /// False after an election until everything is committed that the log held then (R12).
  [[nodiscard]] bool high_watermark_settled() const noexcept {
    return high_watermark_ >= epoch_start_;
  }
  [[nodiscard]] bool sync_before_commit() const noexcept { return sync_before_commit_; }
  [[nodiscard]] std::span<const follower_progress> followers() const noexcept { return followers_; }
  /// Members of the committed in-sync set, this one included.
  [[nodiscard]] std::size_t in_sync_count() const noexcept;
  [[nodiscard]] bool under_min_in_sync() const noexcept;
  [[nodiscard]] std::size_t waiting() const noexcept {
    return commit_waiters_.size() + sync_waiters_.size();
  }

 private:
  void set_members(const std::vector<broker_id>& in_sync, monotonic_time now);
  void advance(actions& out);
  void update_last_stable(actions& out) noexcept;
  void release_reached(actions& out);
  void fail_all(errc failure, actions& out);
  void propose(actions& out);
  [[nodiscard]] bool is_caught_up(const follower_progress& follower) const noexcept;
  [[nodiscard]] bool counts_for_commit(const follower_progress& follower) const noexcept;
  [[nodiscard]] bool may_join(const follower_progress& follower) const noexcept;

  offset log_end_{0};
  offset synced_end_{0};
  offset high_watermark_{0};
  offset last_stable_offset_{0};
  offset epoch_start_{0};
  std::optional<offset> first_unstable_;
  std::vector<follower_progress> followers_;
  /// Wait for the high watermark, and for the local sync alone.
  waiter_queue commit_waiters_;
  waiter_queue sync_waiters_;
  monotonic_time now_{};
  std::chrono::nanoseconds lag_max_{};
  leader_epoch epoch_{0};
  partition_epoch version_{0};
  broker_id self_{0};
  std::int32_t in_sync_replicas_min_ = 1;
  bool sync_before_commit_ = false;
  bool leading_ = false;
  bool proposal_in_flight_ = false;
};

}  // namespace tidemill::replication
