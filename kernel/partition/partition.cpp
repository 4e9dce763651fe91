#include "partition/partition.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/assert.hpp"
#include "partition/shard_context.hpp"

namespace tidemill::partition {

namespace {

/// A sync that fails answers at once; this only asks whether replicas are late after it.
constexpr std::chrono::milliseconds unsynced_recheck{100};

}  // namespace

partition::partition(shard_context& shard, const partition_key& key, assignment assigned)
    : shard_(shard), key_(key), assigned_(std::move(assigned)) {
  TIDEMILL_ASSERT(assigned_.policy != nullptr);
}

partition::~partition() {
  TIDEMILL_ASSERT(open_ == nullptr);
}

std::string partition::name() const {
  return assigned_.topic_name + "-" + std::to_string(key_.partition.value());
}

// Life --------------------------------------------------------------------------------------------

void partition::open_with(std::unique_ptr<open_state> opened) {
  TIDEMILL_ASSERT(open_ == nullptr && opened->log != nullptr);
  open_ = std::move(opened);
  open_->handle = std::make_shared<partition*>(this);
  open_->log->enter_service();
  lead();
}

/// Nobody waits any more when it returns; the state is out of reach of callbacks.
std::unique_ptr<open_state> partition::release() {
  if (open_ == nullptr) {
    return nullptr;
  }
  *open_->handle = nullptr;
  shard_.services.loop.cancel(open_->expiry_timer);
  replication::actions out;
  open_->leader.step(replication::resigned{}, out);
  std::unique_ptr<open_state> closing = std::move(open_);
  std::vector<pending_append> waiting;
  for (const replication::released& each : out.releases) {
    if (auto taken = closing->pending.take(each.token)) {
      waiting.push_back(std::move(*taken));
    }
  }
  for (pending_append& each : waiting) {
    each.done(append_failure{make_error_code(replication::errc::not_leader), {}, {}});
  }
  for (arriving_append& each : std::exchange(closing->arriving, {})) {
    each.done(append_failure{make_error_code(replication::errc::not_leader), {}, {}});
  }
  closing->readers.wake_all();
  return closing;
}

void partition::reassign(assignment assigned) {
  TIDEMILL_ASSERT(assigned.policy != nullptr);
  assigned_ = std::move(assigned);
  if (open_ != nullptr) {
    open_->log->reconfigure(assigned_.policy->log);
    lead();
  }
}

/// Tells the state machine what metadata says; harmless to repeat.
void partition::lead() {
  replication::actions out;
  const bool leads = assigned_.leader == shard_.options.self;
  const bool was_leading = open_->leader.leading();
  const leader_epoch before = open_->leader.epoch();
  if (!leads) {
    open_->leader.step(replication::resigned{}, out);
  } else {
    replication::elected event;
    event.epoch = assigned_.epoch;
    event.version = assigned_.version;
    event.self = shard_.options.self;
    event.replicas = assigned_.replicas;
    event.in_sync = assigned_.in_sync;
    event.in_sync_replicas_min = assigned_.policy->in_sync_replicas_min;
    event.sync_before_commit = assigned_.policy->sync_before_commit;
    event.lag_max = shard_.options.replica_lag_max;
    event.log_end = open_->log->log_end();
    event.synced_end = std::min(open_->log->recovery_point(), event.log_end);
    const offset known = before == assigned_.epoch && was_leading
                             ? open_->leader.high_watermark()
                             : open_->high_watermark_known.value_or(event.log_end);
    event.high_watermark = std::clamp(known, open_->log->log_start(), event.log_end);
    if (event.sync_before_commit) {
      event.high_watermark = std::min(event.high_watermark, event.synced_end);
    }
    event.now = shard_.now();
    open_->leader.step(event, out);
    tell_first_unstable(out);
    if (event.sync_before_commit && event.synced_end < event.log_end) {
      start_sync();
    }
  }
  const bool changed = was_leading != leads || before != open_->leader.epoch();
  const auto handle = open_->handle;
  perform(out);
  if (changed && *handle != nullptr) {
    open_->readers.wake_all();
  }
}

// Actions -----------------------------------------------------------------------------------------

void partition::perform(replication::actions& out) {
  std::vector<std::pair<pending_append, std::optional<replication::errc>>> finished;
  for (const replication::released& each : out.releases) {
    if (auto taken = open_->pending.take(each.token)) {
      finished.emplace_back(std::move(*taken), each.failure);
    }
  }
  const bool more_to_read = out.high_watermark_moved || out.last_stable_offset_moved;
  const auto handle = open_->handle;
  for (auto& [append, failure] : finished) {
    if (failure) {
      append.done(append_failure{make_error_code(*failure), {}, {}});
    } else {
      append.done(append.outcome);
    }
  }
  if (more_to_read && *handle != nullptr && !open_->readers.empty()) {
    open_->readers.wake_reached({open_->leader.high_watermark(), open_->leader.last_stable_offset(),
                                 open_->bytes_appended});
  }
}

/// Keeps the last stable offset right: called whenever producers or the high watermark moved.
void partition::tell_first_unstable(replication::actions& out) {
  log::producer_states& producers = open_->derived.producers();
  if (producers.empty() && !open_->first_unstable) {
    return;
  }
  producers.advance_high_watermark(open_->leader.high_watermark());
  const std::optional<offset> first = producers.first_unstable_offset();
  if (first != open_->first_unstable || out.high_watermark_moved) {
    open_->first_unstable = first;
    open_->leader.step(replication::unstable_moved{first}, out);
  }
}

void partition::fail_pending(error_code error) {
  std::vector<pending_append> waiting;
  for (const replication::waiter_token token : open_->pending.all()) {
    replication::actions dropped;  // the outcome is ours, not the state machine's
    open_->leader.step(replication::wait_expired{token}, dropped);
    if (auto taken = open_->pending.take(token)) {
      waiting.push_back(std::move(*taken));
    }
  }
  for (pending_append& each : waiting) {
    each.done(append_failure{error, {}, {}});
  }
}

void partition::arm_expiry(io::monotonic_time deadline) {
  if (open_->expiry_timer != io::event_loop::no_timer) {
    return;  // fires for an earlier one, and is armed again then
  }
  open_->expiry_timer =
      shard_.services.loop.schedule(deadline - shard_.now(), [handle = open_->handle] {
        if (*handle != nullptr) {
          (*handle)->expire_waits();
        }
      });
}

void partition::expire_waits() {
  open_->expiry_timer = io::event_loop::no_timer;
  replication::actions out;
  const io::monotonic_time now = shard_.now();
  const offset local_end = open_->leader.local_end();
  for (const replication::waiter_token token : open_->pending.expired(now, local_end)) {
    open_->leader.step(replication::wait_expired{token}, out);
  }
  // The timeout is for other replicas: what this one has not synced yet is not acknowledged, and
  // not given up either, as the sync belongs to the append.
  open_->pending.put_off(now, now + unsynced_recheck);
  const auto handle = open_->handle;
  perform(out);
  if (*handle != nullptr) {
    if (const auto deadline = open_->pending.next_deadline()) {
      arm_expiry(*deadline);
    }
  }
}

// Syncs -------------------------------------------------------------------------------------------

void partition::start_sync() {
  shard_.services.sync.sync(*open_->log, shard_.services.loop,
                            [handle = open_->handle](result<void> outcome) {
                              if (*handle != nullptr) {
                                (*handle)->sync_ended(outcome);
                              }
                            });
}

void partition::sync_ended(const result<void>& outcome) {
  if (!outcome && io::is_out_of_descriptors(outcome.error()) && !open_->log->write_obstacle()) {
    constexpr std::chrono::milliseconds retry_delay{50};
    static_cast<void>(shard_.services.loop.schedule(retry_delay, [handle = open_->handle] {
      if (*handle != nullptr) {
        (*handle)->start_sync();
      }
    }));
    return;
  }
  if (!outcome || open_->log->write_obstacle()) {
    tell_failure("cannot sync its log",
                 outcome ? make_error_code(log::errc::poisoned) : outcome.error());
    fail_pending(make_error_code(log::errc::poisoned));
    return;
  }
  replication::actions out;
  open_->leader.step(replication::synced{open_->log->recovery_point()}, out);
  tell_first_unstable(out);
  perform(out);
}

void partition::list_for_maintenance() {
  if (!open_->listed) {
    open_->listed = true;
    shard_.to_maintain.push_back(key_);
  }
}

void partition::list_as_rolled() {
  shard_.rolled.push_back(key_);
  if (shard_.rolled.size() == 1 && shard_.on_rolled) {
    shard_.on_rolled();
  }
}

void partition::tell_failure(const char* what, error_code error) {
  // Where small batches still fit and large ones do not, failure and success take turns.
  constexpr std::chrono::seconds retold_after{10};
  const bool is_news =
      open_->write_failure.empty() &&
      (!open_->write_failure_told || shard_.now() - *open_->write_failure_told >= retold_after);
  open_->write_failure = std::string(what) + ": " + error.message();
  if (is_news) {
    open_->write_failure_told = shard_.now();
    shard_.services.listener.failed(name(), what, error);
  }
}

}  // namespace tidemill::partition
