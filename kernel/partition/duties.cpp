#include "partition/duties.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "log/retention_policy.hpp"
#include "partition/host_body.hpp"
#include "partition/retention_extension.hpp"

namespace tidemill::partition {
namespace {

constexpr std::chrono::milliseconds look_for_room_interval{1000};

/// Where the answer to a question belongs: an answer may come after the partition has gone, or was
/// opened anew, and is then about segments that may not be there. nullptr: nowhere.
partition_slot* addressee(host_body& all, const partition_key& key,
                          const std::weak_ptr<partition*>& asked) {
  const auto still = asked.lock();
  if (all.shard().stopping || still == nullptr || *still == nullptr) {
    return nullptr;
  }
  partition_slot* slot = all.find(key);
  return slot != nullptr && slot->here.is_open() ? slot : nullptr;
}

}  // namespace

void duties::start() {
  schedule(round::maintenance);
  schedule(round::checkpoints);
  schedule(round::retention);
  schedule(round::producers);
  host_.shard().on_rolled = [this] {
    host_.shard().services.loop.post([this, alive = host_.shared_from_this()] {
      if (!alive->shard().stopping) {
        look_at_rolled();
      }
    });
  };
}

void duties::stop() noexcept {
  host_.shard().on_rolled = nullptr;
  for (const io::event_loop::timer_id timer : timers_) {
    host_.shard().services.loop.cancel(timer);
  }
}

std::chrono::milliseconds duties::interval(round which) const noexcept {
  const host_options& options = host_.shard().options;
  switch (which) {
    case round::maintenance:
      return options.flush_interval;
    case round::checkpoints:
      // They also look whether there is room again, for which writers wait.
      return host_.shard().services.directory.is_short_of_room()
                 ? std::min(options.checkpoint_interval, look_for_room_interval)
                 : options.checkpoint_interval;
    case round::retention:
      return options.retention_interval;
    case round::producers:
      return options.producer_expiration_interval;
  }
  return options.checkpoint_interval;
}

void duties::schedule(round which) {
  if (host_.shard().stopping) {
    return;
  }
  timers_[static_cast<std::size_t>(which)] =
      host_.shard().services.loop.schedule(interval(which), [this, which] { run(which); });
}

void duties::run(round which) {
  using keys = std::vector<partition_key>;
  switch (which) {
    case round::maintenance: {
      auto listed = std::make_shared<keys>(std::exchange(host_.shard().to_maintain, {}));
      return visit_in_slices(which, std::move(listed), 0, &duties::maintain);
    }
    case round::checkpoints:
      write_checkpoints();
      return schedule(which);
    case round::retention:
      open_cold_logs();
      return visit_in_slices(which, std::make_shared<keys>(host_.open_keys()), 0, &duties::retain);
    case round::producers:
      return visit_in_slices(which, std::make_shared<keys>(host_.open_keys()), 0,
                             &duties::expire_producers);
  }
}

void duties::visit_in_slices(round which, std::shared_ptr<std::vector<partition_key>> keys,
                             std::size_t begin, visitor visit) {
  const std::size_t end =
      std::min(keys->size(), begin + host_.shard().options.partitions_per_slice_max);
  for (std::size_t i = begin; i < end; ++i) {
    partition_slot* slot = host_.find((*keys)[i]);
    if (slot != nullptr && slot->here.is_open()) {
      (this->*visit)(slot->here);
    }
  }
  if (end == keys->size()) {
    return schedule(which);
  }
  host_.shard().services.loop.post([this, alive = host_.shared_from_this(), which,
                                    keys = std::move(keys), end, visit]() mutable {
    if (!alive->shard().stopping) {
      visit_in_slices(which, std::move(keys), end, visit);
    }
  });
}

// Flush and checkpoints ---------------------------------------------------------------------------

/// A topic that keeps little may be written so fast that the periodic rounds would let it grow far
/// beyond what it is to keep: so retention looks at it when a segment is sealed. What stays for
/// long is made durable at once; what will soon be gone waits for its time.
void duties::look_at_rolled() {
  for (const partition_key& key : std::exchange(host_.shard().rolled, {})) {
    partition_slot* slot = host_.find(key);
    if (slot == nullptr || !slot->here.is_open()) {
      continue;
    }
    open_state& open = *slot->here.open_;
    retain(slot->here);
    open.expires_soon = expires_soon(slot->here);
    if (!open.flushing && !open.log->write_obstacle() && open.log->flush_due(open.expires_soon)) {
      start_flush(slot->here);
    }
  }
}

/// Within half the time after which a flush is due in any case.
bool duties::expires_soon(const partition& where) const noexcept {
  const topic_policy& policy = *where.assigned().policy;
  if (policy.retention_extension != nullptr || !policy.delete_expired ||
      !policy.retention.size_bytes_max) {
    return false;
  }
  const auto life = where.open_->log->expected_life(*policy.retention.size_bytes_max);
  return life && *life <= policy.log->flush_age_max / 2;
}

void duties::maintain(partition& where) {
  open_state& open = *where.open_;
  open.listed = false;
  if (open.log->write_obstacle()) {
    return;
  }
  open.expires_soon = open.expires_soon && expires_soon(where);
  if (!open.flushing) {
    const bool all_durable = open.log->recovery_point() == open.log->log_end();
    if (open.log->flush_due(open.expires_soon) || (all_durable && open.derived.has_unsynced())) {
      start_flush(where);
    } else if (!open.derived.has_unsynced()) {
      set_checkpoints(where, open.log->recovery_point());
    }
  }
  if (open.flushing || open.log->recovery_point() < open.log->log_end()) {
    where.list_for_maintenance();
  }
}

/// A flush keeps files open until it has run: thousands that wait for the pool would take all that
/// the process may have.
void duties::start_flush(partition& where) {
  if (flushes_ < host_.shard().options.flushes_max) {
    return run_flush(where);
  }
  where.open_->flushing = true;
  waiting_flushes_.push_back(where.open_->handle);
}

void duties::run_waiting_flush() {
  while (!waiting_flushes_.empty() && flushes_ < host_.shard().options.flushes_max &&
         !host_.shard().stopping) {
    const std::shared_ptr<partition*> next = std::move(waiting_flushes_.front());
    waiting_flushes_.pop_front();
    if (*next != nullptr) {
      (*next)->open_->flushing = false;
      run_flush(**next);
    }
  }
}

/// The log's files first, then what stands beside them; only then may the recovery point pass.
void duties::run_flush(partition& where) {
  open_state& open = *where.open_;
  auto job = open.log->begin_flush(true, host_.shard().options.flush_segments_max);
  if (!job) {
    where.tell_failure("cannot flush its log", job.error());
    return;
  }
  const offset durable_end = job->empty() ? open.log->recovery_point() : job->end();
  open.flushing = true;
  ++flushes_;
  auto shared = std::make_shared<log::flush_job>(std::move(*job));
  auto beside = std::make_shared<const std::vector<std::string>>(open.derived.take_unsynced());
  host_.run_blocking_in(
      where.name(),
      [shared, &disk = host_.shard().services.disk, directory = open.log->directory(),
       beside]() -> std::pair<result<void>, result<void>> {
        result<void> flushed = shared->empty() ? result<void>{} : shared->run();
        return {flushed, derived_state::sync_files(disk, directory, *beside)};
      },
      [this, shared, beside, handle = open.handle,
       durable_end](const std::pair<result<void>, result<void>>& outcome) {
        if (!shared->empty()) {
          shared->finish(outcome.first);
        }
        --flushes_;
        if (*handle != nullptr) {
          if (!outcome.second && io::is_out_of_descriptors(outcome.second.error())) {
            for (const std::string& path : *beside) {
              (*handle)->open_->derived.note_unsynced(path);
            }
          }
          flush_ended(**handle, outcome.first ? outcome.second : outcome.first, durable_end);
        }
        run_waiting_flush();
      });
}

void duties::flush_ended(partition& where, const result<void>& outcome, offset durable_end) {
  open_state& open = *where.open_;
  open.flushing = false;
  if (!outcome) {
    where.tell_failure("cannot flush its log", outcome.error());
    if (open.log->write_obstacle()) {
      where.fail_pending(make_error_code(log::errc::poisoned));
    } else {
      where.list_for_maintenance();
    }
    return;
  }
  set_checkpoints(where, durable_end);
  const auto handle = open.handle;
  where.sync_ended(outcome);
  if (*handle == nullptr || host_.shard().stopping) {
    return;
  }
  retain(where);
  if (open.log->flush_due(open.expires_soon)) {
    start_flush(where);  // it has rolled again meanwhile
  }
}

void duties::set_checkpoints(const partition& where, offset recovery_point) {
  log::data_directory& directory = host_.shard().services.directory;
  const std::string name = where.name();
  if (where.log_start() > offset{0}) {
    directory.set_log_start(name, where.log_start());
  }
  directory.set_recovery_point(name, recovery_point);
  directory.set_high_watermark(name, where.high_watermark());
  host_.shard().checkpoints_changed = true;
}

void duties::write_checkpoints() {
  const bool changed = std::exchange(host_.shard().checkpoints_changed, false);
  if (!changed && !host_.shard().services.directory.is_short_of_room()) {
    return;
  }
  host_.run_blocking(
      [&directory = host_.shard().services.directory] { return directory.write_checkpoints(); },
      [this](const result<void>& written) {
        if (!written) {
          host_.shard().checkpoints_changed = true;
          host_.shard().services.listener.failed("", "cannot write the checkpoint files",
                                                 written.error());
        }
      });
}

// Retention and expiry ----------------------------------------------------------------------------

void duties::retain(partition& where) {
  const topic_policy& policy = *where.assigned().policy;
  if (policy.retention_extension != nullptr) {
    ask_extension(where);
  } else if (policy.delete_expired) {
    log::time_and_size_retention built_in(policy.retention);
    remove_expired(where, built_in);
  } else {
    log::keep_everything all;  // but what lies below the log start
    remove_expired(where, all);
  }
}

void duties::ask_extension(partition& where) {
  open_state& open = *where.open_;
  if (std::exchange(open.retention_asked, true)) {
    return;  // one question at a time; the next round asks again
  }
  progress_source* const progress = host_.shard().services.progress;
  if (progress == nullptr ||
      !where.assigned().policy->retention_extension->needs_groups(host_.shard().options.shard)) {
    return pose_question(where, std::nullopt);
  }
  progress->ask(where.assigned().topic_name, where.key().partition,
                [this, alive = host_.shared_from_this(), key = where.key(),
                 handle = std::weak_ptr(open.handle)](progress_source::answer groups) {
                  partition_slot* slot = addressee(*alive, key, handle);
                  if (slot == nullptr) {
                    return;
                  }
                  if (slot->here.assigned().policy->retention_extension == nullptr) {
                    slot->here.open_->retention_asked = false;  // the settings are others by now
                  } else {
                    pose_question(slot->here, std::move(groups));
                  }
                });
}

void duties::pose_question(partition& where, progress_source::answer groups) {
  open_state& open = *where.open_;
  const topic_policy& policy = *where.assigned().policy;
  retention_question question;
  question.shard = host_.shard().options.shard;
  question.topic = where.key().topic;
  question.topic_name = where.assigned().topic_name;
  question.partition = where.key().partition;
  question.partition_count = where.assigned().partition_count;
  question.settings_epoch = policy.epoch;
  question.now = host_.shard().wall_now();
  question.log_start = where.log_start();
  question.last_stable_offset = where.last_stable_offset();
  question.high_watermark = where.high_watermark();
  question.log_end = where.log_end();
  question.size_bytes = where.size_bytes();
  question.limits = policy.retention;
  question.delete_retention = policy.delete_retention;
  if (policy.retention_extension->needs_disk(question.shard)) {
    if (const auto space = host_.shard().services.disk.space(open.log->directory())) {
      question.disk = *space;
    }
  }
  question.groups = std::move(groups);
  question.segments = open.log->retention_facts();
  auto seen = question.segments;
  policy.retention_extension->ask(
      std::move(question),
      [this, alive = host_.shared_from_this(), key = where.key(),
       handle = std::weak_ptr(open.handle), seen = std::move(seen)](retention_votes votes) mutable {
        partition_slot* slot = addressee(*alive, key, handle);
        if (slot == nullptr) {
          return;
        }
        slot->here.open_->retention_asked = false;
        if (votes.size() == seen.size()) {
          log::decided_retention decided(std::move(seen), std::move(votes));
          remove_expired(slot->here, decided);
        }
      });
}

void duties::remove_expired(partition& where, log::retention_policy& decides) {
  auto outcome = where.open_->log->apply_retention(decides, where.last_stable_offset(),
                                                   log::unsynced_segments::may_go);
  if (!outcome) {
    where.tell_failure("cannot remove old segments", outcome.error());
    return;
  }
  if (outcome->segments_removed > 0) {
    where.list_for_maintenance();
  }
  if (outcome->checkpoint_first) {
    checkpoint_start(where, outcome->deletion);
  }
  run_deletion(host_.shard(), std::move(outcome->deletion), where.name(), *where.open_);
}

/// A log that starts at what was never synced: that it starts there, and the producers as they
/// were there, are made durable before the files go.
void duties::checkpoint_start(const partition& where, log::deletion_job& deletion) {
  open_state& open = *where.open_;
  log::data_directory& directory = host_.shard().services.directory;
  directory.set_log_start(where.name(), where.log_start());
  host_.shard().checkpoints_changed = true;
  deletion.run_first([&directory, &disk = host_.shard().services.disk, path = open.log->directory(),
                      beside = open.derived.take_unsynced()]() -> result<void> {
    TIDEMILL_TRY(derived_state::sync_files(disk, path, beside));
    return directory.write_checkpoints();
  });
}

void duties::open_cold_logs() {
  for (const partition_key& key :
       host_.take_cold(host_.shard().options.cold_opens_per_retention_max)) {
    host_.open(key, [](const result<partition*>&) {});  // its turn comes with the next round
  }
}

void duties::expire_producers(partition& where) {
  const std::int64_t now_ms = host_.shard().wall_now().time_since_epoch().count();
  where.open_->derived.producers().expire(now_ms,
                                          host_.shard().options.producer_expiration.count());
}

}  // namespace tidemill::partition
