// What makes a log shorter: truncation at the end, removal and retention at the start.
#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "log/file_names.hpp"
#include "log/log.hpp"
#include "log/read_memory.hpp"
#include "log/segment.hpp"
#include "log/segment_lookup.hpp"

namespace tidemill::log {
namespace {

constexpr std::string_view sidecar_suffixes[] = {
    offset_index_suffix, time_index_suffix, transaction_index_suffix, producer_snapshot_suffix};

}  // namespace

deletion_job log::new_deletion() {
  if (removal_stop_ == nullptr) {
    removal_stop_ = std::make_shared<std::atomic<bool>>(false);
  }
  return deletion_job(context_.disk, removal_stop_);
}

result<deletion_job> log::truncate_to(offset from) {
  TIDEMILL_TRY(check_writable());
  if (from >= log_end_) {
    return deletion_job();
  }
  if (from <= log_start_) {
    return truncate_fully(from);
  }
  deletion_job job = new_deletion();
  while (segments_.size() > 1 && segments_.back().base_offset() >= from) {
    TIDEMILL_TRY(remove_last_segment(job));
  }
  const std::size_t index = segments_.size() - 1;
  memory_.reset();
  segment& last = segments_[index];
  offset end = from;
  auto found = find_batch(index, from);
  if (!found) {
    return note_damage(found.error());
  }
  if (*found) {
    end = std::min(from, (*found)->base_offset);
    if (end < log_start_) {
      // The batch began before the log start: nothing that may be read is left.
      TIDEMILL_TRY_ASSIGN(rest, truncate_fully(log_start_));
      job.absorb(std::move(rest));
      return job;
    }
    const segment_place files = place();
    auto kept = segment_lookup(last, files, options_->index_interval_bytes)
                    .state_before((*found)->position);
    if (!kept) {
      return note_damage(kept.error());
    }
    const std::uint64_t cut = last.size_bytes() - kept->size_bytes;
    if (auto done = last.truncate(files, *kept); !done) {
      poisoned_ = true;
      return done.error();
    }
    size_bytes_ -= cut;
  }
  ended_at(end);
  return job;
}

result<deletion_job> log::truncate_fully(offset at) {
  TIDEMILL_TRY(check_writable());
  deletion_job job = new_deletion();
  while (!segments_.empty()) {
    TIDEMILL_TRY(remove_last_segment(job));
  }
  log_start_ = at;
  ended_at(at);
  return job;
}

/// The log has become shorter.
void log::ended_at(offset at) {
  log_end_ = at;
  last_epoch_.reset();
  memory_.reset();
  dirty_ = true;
  ensure_ledger();
  ++ledger_->generation;
  ledger_->synced_end = std::min(ledger_->synced_end, at);
  write_back_begin_ = segments_.empty() ? 0 : segments_.back().size_bytes();
  if (observer_ != nullptr) {
    observer_->truncated(at);
  }
}

/// Renamed at once, for a new segment may get the same name.
result<void> log::remove_last_segment(deletion_job& job) {
  segment& last = segments_.back();
  const auto path = segment_file_path(directory_, last.base_offset(), log_suffix);
  const std::string doomed = path + std::string(deleted_suffix);
  if (auto renamed = context_.disk.rename(path, doomed); !renamed) {
    poisoned_ = true;
    return renamed.error();
  }
  last.drop_files();
  job.add_file(doomed, false, last.readers());
  for (const std::string_view suffix : sidecar_suffixes) {
    // The snapshot at this base tells what came before it, and stays true.
    if (suffix != producer_snapshot_suffix) {
      static_cast<void>(
          context_.disk.remove(segment_file_path(directory_, last.base_offset(), suffix)));
    }
  }
  size_bytes_ -= last.size_bytes();
  segments_.pop_back();
  ++directory_changes_;
  return {};
}

result<deletion_job> log::advance_start(offset to) {
  TIDEMILL_TRY(check_readable());
  if (to > log_end_) {
    return errc::offset_out_of_range;
  }
  deletion_job job = new_deletion();
  if (to <= log_start_) {
    return job;
  }
  log_start_ = to;
  dirty_ = true;
  std::size_t count = 0;
  while (count + 1 < segments_.size() && segment_end(count) <= to && is_durable(count)) {
    ++count;
  }
  remove_first_segments(count, job);
  if (observer_ != nullptr) {
    observer_->start_advanced(to);
  }
  return job;
}

/// Renamed by the job, off this thread: these names never come back, and should the job be lost the
/// log start tells the next recovery that they are to go.
void log::remove_first_segments(std::size_t count, deletion_job& job) {
  TIDEMILL_ASSERT(count < segments_.size() || count == 0);
  if (count > 0) {
    job.sync_first(directory_);
  }
  std::shared_ptr<const std::atomic<bool>> settled;
  for (std::size_t index = 0; index < count; ++index) {
    segment& doomed = segments_[index];
    doomed.drop_files();
    const auto path = segment_file_path(directory_, doomed.base_offset(), log_suffix);
    if (!is_durable(index)) {
      settled = settled != nullptr ? settled : job.settled();
      unsettled_.push_back({path, settled});
      job.add_unsynced_file(path, doomed.readers());
    } else {
      job.add_file(path, true, doomed.readers());
    }
    for (const std::string_view suffix : sidecar_suffixes) {
      job.add_file(segment_file_path(directory_, doomed.base_offset(), suffix), true, {});
    }
    size_bytes_ -= doomed.size_bytes();
  }
  segments_.erase(segments_.begin(), segments_.begin() + static_cast<std::ptrdiff_t>(count));
}

result<retention_outcome> log::apply_retention(retention_policy& policy, offset high_watermark,
                                               unsynced_segments unsynced) {
  TIDEMILL_TRY(check_readable());
  retention_outcome outcome;
  const bool may_go = unsynced == unsynced_segments::may_go && !write_obstacle();
  const std::size_t expired = expired_segments(policy, high_watermark, may_go);
  if (expired == 0) {
    return outcome;
  }
  if (expired == segments_.size()) {
    TIDEMILL_TRY(roll());
    outcome.rolled = true;
  }
  const offset gone_to = segments_[expired].base_offset();
  const offset start = std::max(log_start_, gone_to);
  const std::uint64_t before = size_bytes_;
  deletion_job job = new_deletion();
  for (std::size_t index = 0; index < expired; ++index) {
    outcome.checkpoint_first = outcome.checkpoint_first || !is_durable(index);
  }
  remove_first_segments(expired, job);
  if (outcome.checkpoint_first) {
    // The recovery point stays where it is: what a crash now would bring back is not durable.
    unflushed_since_ = std::max(unflushed_since_, segments_.front().begun_at());
  }
  outcome.segments_removed = static_cast<std::uint32_t>(expired);
  outcome.size_bytes_removed = before - size_bytes_;
  outcome.deletion = std::move(job);
  dirty_ = true;
  if (start > log_start_) {
    log_start_ = start;
    if (observer_ != nullptr) {
      observer_->start_advanced(start);
    }
  }
  return outcome;
}

/// A crash leaves the file of the segment as it is now.
bool log::is_durable(std::size_t index) const noexcept {
  return segment_end(index) <= recovery_point() && !segments_[index].was_cut();
}

/// How many segments from the first on may go. All of them only if the active one could be rolled.
std::size_t log::expired_segments(retention_policy& policy, offset bound, bool may_go) const {
  log_facts facts{context_.clock.wall_now(), size_bytes_};
  std::size_t count = 0;
  while (count < segments_.size()) {
    const segment_state& state = segments_[count].state();
    const bool is_active = count + 1 == segments_.size();
    const offset end = segment_end(count);
    if (end > bound || (!may_go && !is_durable(count)) ||
        (is_active && (state.size_bytes == 0 || write_obstacle()))) {
      break;
    }
    const bool below_start = end <= log_start_;
    if (!below_start && policy.vote(facts_of(count), facts) == retention_vote::keep) {
      break;
    }
    facts.remaining_size_bytes -= state.size_bytes;
    ++count;
  }
  return count;
}

segment_facts log::facts_of(std::size_t index) const {
  const segment_state& state = segments_[index].state();
  const std::int64_t newest_ms =
      state.max_timestamp_ms >= 0 ? state.max_timestamp_ms : state.written_ms;
  segment_facts facts;
  facts.base_offset = state.base_offset;
  facts.end_offset = segment_end(index);
  facts.size_bytes = state.size_bytes;
  facts.newest = io::wall_time(std::chrono::milliseconds(newest_ms));
  if (state.first_timestamp_ms >= 0) {
    facts.first = io::wall_time(std::chrono::milliseconds(state.first_timestamp_ms));
  }
  facts.is_active = index + 1 == segments_.size();
  return facts;
}

std::vector<segment_facts> log::retention_facts() const {
  std::vector<segment_facts> all;
  all.reserve(segments_.size());
  for (std::size_t index = 0; index < segments_.size(); ++index) {
    all.push_back(facts_of(index));
  }
  return all;
}

}  // namespace tidemill::log
