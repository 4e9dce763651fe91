#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <vector>

#include "base/unique_function.hpp"
#include "log/deletion_job.hpp"
#include "log/log.hpp"
#include "log/open_logs.hpp"
#include "partition/arriving_append.hpp"
#include "partition/assignment.hpp"
#include "partition/derived_state.hpp"
#include "partition/directory_use.hpp"
#include "partition/host.hpp"
#include "partition/pending_appends.hpp"
#include "replication/core/leader.hpp"

namespace tidemill::partition {

struct shard_context;
struct open_state;

/// A deletion under way: a step on the pool, a look on the loop, in turn.
struct running_deletion {
  std::weak_ptr<shard_context> shard;
  io::event_loop& loop;
  io::blocking_pool& pool;
  log::deletion_job job;
  /// The log's name and open_state::handle; none for what has left its place already.
  std::string name = {};
  std::shared_ptr<partition*> handle = nullptr;
  /// Called once, on the loop, when no file bears a name of the log any more and nothing on the
  /// disk speaks of it, or when the shard stops.
  io::task when_renamed = nullptr;
  bool renamed = false;
  /// A step failed, and is made again after a while; others may go first.
  bool resting = false;

  /// Nobody has the log open any more: its directory may go, or another log may be there.
  [[nodiscard]] bool is_obsolete() const noexcept {
    return handle != nullptr && *handle == nullptr;
  }
};

/// What the partitions of a shard share. Shard thread only.
struct shard_context : std::enable_shared_from_this<shard_context> {
  shard_context(const host_services& with, const host_options& how)
      : services(with), options(how), open_logs(how.open_logs_max), directories(with.loop) {}

  host_services services;
  host_options options;
  log::open_logs open_logs;
  directory_use directories;
  /// Open partitions with something to flush or to write into a checkpoint (open_state::listed).
  std::vector<partition_key> to_maintain;
  /// Open partitions that have started a new segment: the one before is flushed, and retention
  /// looks at the log, right away. `on_rolled` is called when the first one is put in.
  std::vector<partition_key> rolled;
  unique_function<void()> on_rolled;
  /// Handles of open partitions with appends that arrived in this round of the loop.
  std::vector<std::shared_ptr<partition*>> arrived;
  std::size_t arrived_bytes = 0;
  /// Some of them have to wait for the next round.
  bool arrivals_wait = false;
  /// For appends that are being stored; kept for their capacity.
  std::vector<arriving_append> spare_appends;
  arrival_group spare_group;
  /// A read has met damage: somebody should look through the segment that starts at the offset.
  unique_function<void(const partition_key&, offset)> on_damage;
  /// Deletions that have not renamed all of their files yet, and whether one of them runs.
  std::deque<std::shared_ptr<running_deletion>> deletions;
  bool deletion_runs = false;
  /// A value was set in the data directory since its checkpoints were written.
  bool checkpoints_changed = false;
  /// Work that is out on the pool and will post back.
  std::size_t outstanding = 0;
  bool stopping = false;

  [[nodiscard]] log::log_context log_context() {
    return {services.disk, services.loop.clock(), open_logs,
            &services.directory.is_short_of_room()};
  }
  [[nodiscard]] io::monotonic_time now() const noexcept { return services.loop.clock().now(); }
  [[nodiscard]] io::wall_time wall_now() const noexcept { return services.loop.clock().wall_now(); }
};

/// Stores what has arrived, in this round of the shard's loop, in all partitions.
void append_arrived(shard_context& shard);

/// Frees the files of segments that `of` has removed, on the pool, a small step at a time, as long
/// as the partition stays open; what is left then is found at the next opening.
void run_deletion(shard_context& shard, log::deletion_job job, const std::string& name,
                  const open_state& of);
/// The same for directories that have left their place. `name_is_free` is called when the
/// checkpoints do not speak of what was there any more, or when the shard stops; at once where
/// nothing is to be done.
void run_deletion(shard_context& shard, log::deletion_job job, io::task name_is_free);

/// What a partition has while it is open. The log watches over `derived`, so it goes first.
struct open_state {
  explicit open_state(derived_state::surroundings where) : derived(std::move(where)) {}

  derived_state derived;
  std::unique_ptr<log::log> log;
  replication::leader leader;
  waiter_list readers;
  pending_appends pending;
  /// Not looked at yet; stands in shard_context::arrived while it is not empty.
  std::vector<arriving_append> arriving;
  std::uint64_t bytes_appended = 0;
  io::event_loop::timer_id expiry_timer = io::event_loop::no_timer;
  /// What callbacks from elsewhere hold: nullptr in it once the partition is not open any more.
  std::shared_ptr<partition*> handle;
  /// The first transaction that the leader was told of.
  std::optional<offset> first_unstable;
  /// The high watermark that an earlier run had written down.
  std::optional<offset> high_watermark_known;
  /// It was compacted up to here; nullopt: never.
  std::optional<offset> cleaned_to;
  /// Why it cannot be compacted, in words, which have been told; and when to try again.
  std::string compaction_failure;
  io::monotonic_time compaction_retry_at{};
  /// Its directory is there.
  bool exists = false;
  /// Stands in shard_context::to_maintain; a flush of it runs.
  bool listed = false;
  bool flushing = false;
  /// What is written goes soon by retention: nothing is gained by writing it to the device early.
  bool expires_soon = false;
  /// A retention extension has not answered yet.
  bool retention_asked = false;
  /// What writing and reading fail at, in words; empty while all is well. Each is told once, the
  /// one that comes and goes at intervals.
  std::string write_failure;
  std::optional<io::monotonic_time> write_failure_told;
  std::string read_failure;
  /// What was given up at the opening because somebody had accepted the loss; mostly empty.
  std::string accepted;
};

}  // namespace tidemill::partition
