#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/ids.hpp"
#include "replication/core/waiter_queue.hpp"
#include "replication/errc.hpp"

namespace tidemill::replication {

/// The monotonic clock's time, as a value: nothing here reads a clock.
using monotonic_time = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;

/// What an append waits for.
enum class acknowledgement {
  none,    ///< acks=0 and acks=1: it is in the leader's log (and synced where the topic says so)
  leader,  ///< the same, when it is not true yet: waits for the sync
  all      ///< acks=all: it is committed
};

// What happens to a leader ----------------------------------------------------------------------

/// What metadata and the topic say about a partition that this broker leads.
struct elected {
  leader_epoch epoch;
  partition_epoch version;
  broker_id self;
  /// Both contain `self`.
  std::vector<broker_id> replicas;
  std::vector<broker_id> in_sync;
  /// min.insync.replicas
  std::int32_t in_sync_replicas_min = 1;
  /// Records are committed only when the leader has synced them (durability "fsync").
  bool sync_before_commit = false;
  /// replica.lag.time.max.ms
  std::chrono::nanoseconds lag_max = std::chrono::seconds(30);
  /// State of the local log, and the high watermark last known.
  offset log_end{0};
  offset synced_end{0};
  offset high_watermark{0};
  monotonic_time now{};
};
/// Another broker leads, or none does, or the partition goes away.
struct resigned {};
/// The topic's settings have changed.
struct settings_changed {
  std::int32_t in_sync_replicas_min = 1;
  bool sync_before_commit = false;
};
/// The controller has changed the in-sync set (KIP-497); older versions than the known are ignored.
struct in_sync_committed {
  partition_epoch version;
  std::vector<broker_id> in_sync;
  monotonic_time now{};
};
/// The controller has refused the proposal that is in flight, or its answer is lost.
struct in_sync_refused {};
/// Batches were appended to the local log.
struct appended {
  offset end;
};
/// The local log is durable up to here.
struct synced {
  offset end;
};
/// The first open transaction has changed (producer_states::first_unstable_offset).
struct unstable_moved {
  std::optional<offset> first;
};
/// A follower asks for records from `log_end` on: it has all that lies before (KIP-101).
struct replica_fetched {
  broker_id replica;
  offset log_end;
  monotonic_time now{};
};
/// Whether the controller would take the replica into the in-sync set (KIP-841).
struct replica_eligible {
  broker_id replica;
  bool eligible = true;
};
/// Time has passed. Needed now and then only while there are followers.
struct ticked {
  monotonic_time now{};
};
/// An append wants to know when its condition holds; `what` is leader or all.
struct awaited {
  waiter_token token = 0;
  offset end;
  acknowledgement what = acknowledgement::all;
};
/// The append's time is up.
struct wait_expired {
  waiter_token token = 0;
};

// What is to be done about it -------------------------------------------------------------------

/// An append's wait is over. nullopt: acknowledged.
struct released {
  waiter_token token = 0;
  std::optional<errc> failure;

  friend bool operator==(const released&, const released&) = default;
};

/// The controller shall make this the in-sync set if the version is still the same.
struct in_sync_proposal {
  leader_epoch epoch;
  partition_epoch version;
  std::vector<broker_id> in_sync;
};

/// Filled by leader::step(); the caller performs it and reuses the object.
struct actions {
  std::vector<released> releases;
  std::optional<in_sync_proposal> proposal;
  /// Readers of all, of committed transactions, may see more.
  bool high_watermark_moved = false;
  bool last_stable_offset_moved = false;

  void clear() noexcept {
    releases.clear();
    proposal.reset();
    high_watermark_moved = false;
    last_stable_offset_moved = false;
  }
};

}  // namespace tidemill::replication
