#include "partition/compactor.hpp"

#include <algorithm>
#include <utility>

#include "log/file_names.hpp"
#include "partition/host_body.hpp"

namespace tidemill::partition {
namespace {

/// A log that cannot be compacted is tried again after so long.
constexpr auto retry_delay = std::chrono::minutes(5);

}  // namespace

void compactor::start() {
  schedule(host_.shard().options.compaction_interval);
}

void compactor::stop() noexcept {
  host_.shard().services.loop.cancel(timer_);
  timer_ = io::event_loop::no_timer;
}

void compactor::schedule(std::chrono::nanoseconds after) {
  timer_ = host_.shard().services.loop.schedule(after, [this] {
    timer_ = io::event_loop::no_timer;
    begin_look();
  });
}

// Which log ---------------------------------------------------------------------------------------

void compactor::begin_look() {
  look_.emplace(look{});  // clang asks too early whether it could be made from nothing
  look_->keys = host_.open_keys();
  go_on_looking();
}

void compactor::go_on_looking() {
  const std::size_t end =
      std::min(look_->keys.size(), look_->next + host_.shard().options.partitions_per_slice_max);
  for (; look_->next < end; ++look_->next) {
    partition_slot* slot = host_.find(look_->keys[look_->next]);
    if (slot != nullptr && slot->here.is_open()) {
      consider(slot->here);
    }
  }
  if (end < look_->keys.size()) {
    return host_.shard().services.loop.post([this, alive = host_.shared_from_this()] {
      if (!alive->shard().stopping) {
        go_on_looking();
      }
    });
  }
  figures_.backlog_bytes = look_->backlog_bytes;
  figures_.stopped = look_->stopped;
  const auto chosen = look_->dirtiest;
  look_.reset();
  partition_slot* slot = chosen ? host_.find(*chosen) : nullptr;
  if (slot == nullptr || !slot->here.is_open()) {
    return schedule(host_.shard().options.compaction_interval);
  }
  begin(slot->here);
}

bool compactor::can_compact(const partition& where) noexcept {
  const log::log& of = *where.open_->log;
  return where.assigned().policy->compacts && of.segment_count() > 1 && !of.write_obstacle();
}

log::compaction_plan compactor::plan_of(const partition& where) const {
  const log::log& of = *where.open_->log;
  return log::plan_compaction(of.segments(), of.log_start(),
                              std::min(where.last_stable_offset(), of.recovery_point()),
                              where.open_->cleaned_to, where.assigned().policy->compaction,
                              host_.shard().wall_now().time_since_epoch().count());
}

void compactor::consider(partition& where) {
  open_state& open = *where.open_;
  if (!can_compact(where)) {
    return;
  }
  const log::compaction_plan plan = plan_of(where);
  if (!plan.is_due(where.assigned().policy->compaction)) {
    return;
  }
  look_->backlog_bytes += plan.dirty_bytes;
  if (!open.compaction_failure.empty()) {
    ++look_->stopped;
    if (host_.shard().now() < open.compaction_retry_at) {
      return;
    }
  }
  if (plan.dirty_ratio() > look_->ratio) {
    look_->ratio = plan.dirty_ratio();
    look_->dirtiest = where.key();
  }
}

// One pass ----------------------------------------------------------------------------------------

void compactor::begin(partition& where) {
  shard_context& shard = host_.shard();
  open_state& open = *where.open_;
  log::compaction_plan plan = plan_of(where);
  if (!can_compact(where) || plan.dirty_bytes == 0) {
    return next();
  }
  log::compaction_order order;
  order.disk = &shard.services.disk;
  order.directory = open.log->directory();
  order.first_dirty = plan.first_dirty;
  order.options = open.log->settings();
  order.memory_bytes_max = shard.options.compaction_memory_bytes;
  if (const std::uint64_t rate = shard.options.compaction_bytes_per_second; rate > 0) {
    order.step_size_bytes = std::min(order.step_size_bytes, rate);
  }
  order.seed = {shard.services.random.next(), shard.services.random.next()};
  order.rules.now_ms = shard.wall_now().time_since_epoch().count();
  order.rules.delete_retention_ms = where.assigned().policy->compaction.delete_retention.count();
  order.rules.producers =
      log::last_batches_of(open.derived.producers(), open.log->recovery_point());
  order.rules.codecs = &shard.services.codecs;
  order.aborted =
      open.derived.aborted_in(plan.sources.front().state.base_offset, plan.sources.back().end);
  order.sources = std::move(plan.sources);
  auto made = std::make_shared<pass>();
  made->handle = open.handle;
  made->directory = order.directory;
  made->name = where.name();
  made->job = std::make_shared<log::compaction_job>(std::move(order));
  figures_.left_bytes = made->job->count().left_bytes;
  return open.cleaned_to ? step(std::move(made)) : note_first(std::move(made));
}

/// Whoever opens the log has to know that it may have gaps, before the first one comes about.
void compactor::note_first(std::shared_ptr<pass> of) {
  partition& where = **of->handle;
  const offset start = where.log_start();
  log::data_directory& directory = host_.shard().services.directory;
  directory.set_cleaned_to(of->name, start);
  host_.run_blocking([&directory] { return directory.write_checkpoints(); },
                     [this, of, start](const result<void>& written) {
                       if (host_.shard().stopping || *of->handle == nullptr) {
                         return next();
                       }
                       if (!written) {
                         tell(**of->handle, "cannot write the checkpoint of its compaction",
                              written.error());
                         return next();
                       }
                       (*of->handle)->open_->cleaned_to = start;
                       step(of);
                     });
}

void compactor::step(std::shared_ptr<pass> of) {
  host_.run_blocking_in(
      of->name, [job = of->job] { return job->run_step(); },
      [this, of](const result<log::compaction_job::progress>& outcome) { stepped(of, outcome); });
}

void compactor::stepped(std::shared_ptr<pass> of,
                        const result<log::compaction_job::progress>& outcome) {
  const auto wait = pause(*of);
  if (host_.shard().stopping || *of->handle == nullptr) {
    return next();
  }
  if (!outcome) {
    failed(*of, outcome.error());
    return next();
  }
  if (*outcome == log::compaction_job::progress::done) {
    return end(std::move(of));
  }
  if (*outcome == log::compaction_job::progress::segment_ready) {
    exchange(*of);
  }
  if (of->job == nullptr) {
    return next();
  }
  if (wait.count() == 0) {
    return step(std::move(of));
  }
  timer_ = host_.shard().services.loop.schedule(wait, [this, of = std::move(of)]() mutable {
    timer_ = io::event_loop::no_timer;
    if (*of->handle == nullptr) {
      return next();
    }
    step(std::move(of));
  });
}

/// Takes note of what the step has moved; answers how long to rest after it.
std::chrono::nanoseconds compactor::pause(pass& of) {
  const auto& now = of.job->count();
  const std::uint64_t read = now.read_bytes - of.seen.read_bytes;
  const std::uint64_t written = now.written_bytes - of.seen.written_bytes;
  figures_.read_bytes += read;
  figures_.written_bytes += written;
  figures_.records_removed += now.records_removed - of.seen.records_removed;
  figures_.left_bytes = now.left_bytes;
  of.seen = now;
  const std::uint64_t rate = host_.shard().options.compaction_bytes_per_second;
  return std::chrono::nanoseconds(rate == 0 ? 0 : 1'000'000'000 * (read + written) / rate);
}

void compactor::exchange(pass& of) {
  partition& where = **of.handle;
  const std::uint64_t before = where.size_bytes();
  auto replaced = where.open_->log->replace(of.job->take_segment());
  if (!replaced) {
    failed(of, replaced.error());
    of.job.reset();
    return;
  }
  figures_.freed_bytes += before - std::min(before, where.size_bytes());
  where.list_for_maintenance();
  run_deletion(host_.shard(), std::move(*replaced), where.name(), *where.open_);
}

/// The files are in their places for good before the checkpoint says that the log is clean.
void compactor::end(std::shared_ptr<pass> of) {
  const offset cleaned_to = of->job->cleaned_to();
  log::data_directory& directory = host_.shard().services.directory;
  host_.run_blocking_in(
      of->name,
      [&disk = host_.shard().services.disk, &directory, of, cleaned_to]() -> result<void> {
        TIDEMILL_TRY(disk.sync_directory(of->directory));
        directory.set_cleaned_to(of->name, cleaned_to);
        return directory.write_checkpoints();
      },
      [this, of, cleaned_to](const result<void>& noted) {
        if (!host_.shard().stopping && *of->handle != nullptr) {
          partition& where = **of->handle;
          if (noted) {
            where.open_->cleaned_to = cleaned_to;
            where.open_->compaction_failure.clear();
            ++figures_.passes;
          } else {
            tell(where, "cannot write the checkpoint of its compaction", noted.error());
          }
        }
        next();
      });
}

/// Segments may have gone while they were read: then nothing is wrong.
void compactor::failed(const pass& of, error_code error) {
  partition& where = **of.handle;
  if (error == log::errc::overtaken || io::is_missing(error)) {
    return;
  }
  const auto place = of.job->failure();
  if (error == log::errc::corrupt) {
    if (host_.shard().on_damage && place.segment) {
      host_.shard().on_damage(where.key(), *place.segment);  // who believes it only when it stands
    }
    return;
  }
  std::string what = "is not compacted any more";
  if (place.segment) {
    what += ": " + log::segment_file_path(of.directory, *place.segment, log::log_suffix) +
            " at byte " + std::to_string(place.position);
  }
  tell(where, what, error);
}

void compactor::tell(partition& where, const std::string& what, error_code error) {
  open_state& open = *where.open_;
  const bool is_news = open.compaction_failure != what;
  open.compaction_failure = what;
  open.compaction_retry_at = host_.shard().now() + retry_delay;
  if (is_news) {
    host_.shard().services.listener.failed(where.name(), what, error);
  }
}

void compactor::next() {
  figures_.left_bytes = 0;
  if (!host_.shard().stopping) {
    begin_look();
  }
}

}  // namespace tidemill::partition
