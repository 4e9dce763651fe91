// The writing half of log: appends, rolls, and what follows when the disk says no.
#include <algorithm>
#include <array>
#include <utility>

#include "base/assert.hpp"
#include "log/file_names.hpp"
#include "log/log.hpp"
#include "log/partition_metadata.hpp"
#include "log/read_memory.hpp"
#include "log/roll_policy.hpp"
#include "log/segment.hpp"

namespace tidemill::log {
namespace {

incoming_batch incoming_of(const record::batch_view& batch) noexcept {
  return {batch.size(), batch.max_timestamp_ms(), batch.last_offset()};
}

result<void> check_batch(bytes_view bytes) noexcept {
  const auto batch = record::front_batch(bytes);
  if (!batch || batch->size() != bytes.size() || bytes.size() < record::batch_header_size ||
      batch->last_offset_delta() < offset_delta{0}) {
    return errc::batch_malformed;
  }
  if (bytes.size() > segment_size_bytes_limit) {
    return errc::batch_too_large;
  }
  return {};
}

}  // namespace

/// What the log was before an append.
struct log::rollback_point {
  offset log_end;
  std::uint64_t size_bytes;
  std::optional<leader_epoch> last_epoch;
  std::size_t segment_count;
  /// Of the segment that was active.
  segment_state active;
};

result<append_outcome> log::append(std::span<const mutable_bytes> batches, leader_epoch epoch) {
  return append_as_leader(batches, epoch, extent::all);
}

result<append_outcome> log::append_run(std::span<const mutable_bytes> batches, leader_epoch epoch) {
  return append_as_leader(batches, epoch, extent::first_run);
}

result<append_outcome> log::append_as_leader(std::span<const mutable_bytes> batches,
                                             leader_epoch epoch, extent wanted) {
  TIDEMILL_ASSERT(!batches.empty());
  TIDEMILL_TRY(check_writable());
  // Most appends are of one batch: those allocate nothing.
  std::array<bytes_view, 1> single;
  std::vector<bytes_view> many(batches.size() > single.size() ? batches.size() : 0);
  const std::span<bytes_view> pieces = many.empty() ? std::span<bytes_view>(single) : many;
  offset at = log_end_;
  for (std::size_t index = 0; index < batches.size(); ++index) {
    TIDEMILL_TRY(check_batch(batches[index]));
    record::assign_base_offset(batches[index], at);
    record::assign_leader_epoch(batches[index], epoch);
    at = record::batch_view(batches[index]).next_offset();
    pieces[index] = batches[index];
  }
  return write_all(pieces, wanted);
}

result<append_outcome> log::append_replicated(std::span<const bytes_view> batches) {
  TIDEMILL_ASSERT(!batches.empty());
  TIDEMILL_TRY(check_writable());
  offset at = log_end_;
  for (const bytes_view batch : batches) {
    TIDEMILL_TRY(check_batch(batch));
    const record::batch_view view(batch);
    const bool follows = gaps_allowed() ? view.base_offset() >= at : view.base_offset() == at;
    if (!follows || view.base_offset() >= offset_limit) {
      return errc::offsets_not_ascending;
    }
    at = view.next_offset();
  }
  return write_all(batches, extent::all);
}

result<void> log::check_writable() const noexcept {
  if (const auto obstacle = write_obstacle()) {
    return *obstacle;
  }
  return {};
}

result<append_outcome> log::write_all(std::span<const bytes_view> batches, extent wanted) {
  if (context_.is_short_of_room != nullptr && context_.is_short_of_room->load()) {
    return errc::disk_full;
  }
  const rollback_point before = mark();
  append_outcome outcome;
  outcome.base_offset = record::batch_view(batches.front()).base_offset();
  bool broken = false;
  if (auto written = write_runs(batches, wanted, outcome, broken); !written) {
    return undo(before, written.error(), broken);
  }
  outcome.end_offset = log_end_;
  ensure_ledger();
  if (unflushed_bytes_ == 0) {
    unflushed_since_ = context_.clock.now();
  }
  unflushed_bytes_ += outcome.size_bytes;
  dirty_ = true;
  note_use();
  return outcome;
}

/// One write for each segment touched. `broken` tells a failed write from a failed preparation.
result<void> log::write_runs(std::span<const bytes_view> batches, extent wanted,
                             append_outcome& outcome, bool& broken) {
  while (!batches.empty() && (outcome.batch_count == 0 || wanted == extent::all)) {
    TIDEMILL_TRY(ready_active(record::batch_view(batches.front()), outcome.rolled));
    const auto run = batches.first(run_length(batches));
    if (auto written = segments_.back().write(run); !written) {
      broken = true;
      return written.error();
    }
    const std::uint64_t before = size_bytes_;
    note_run(run);
    outcome.size_bytes += size_bytes_ - before;
    outcome.batch_count += run.size();
    batches = batches.subspan(run.size());
  }
  return {};
}

result<void> log::ready_active(const record::batch_view& first, bool& rolled) {
  if (segments_.empty()) {
    TIDEMILL_TRY(make_directory());
    TIDEMILL_TRY(add_segment(first.base_offset()));
  }
  segment& active = segments_.back();
  TIDEMILL_TRY(with_room([&] { return active.open(place()); }));
  const std::int64_t now_ms = context_.clock.wall_now().time_since_epoch().count();
  if (must_roll(active.state(), active.index_size_bytes_max(), incoming_of(first), *options_,
                now_ms)) {
    if (active.size_bytes() == 0) {
      return errc::offsets_not_ascending;  // too far from the base of a segment without batches
    }
    rolled = true;
    TIDEMILL_TRY(roll_to(log_end_));  // a gap may follow, but not between two segments
  }
  return {};
}

/// How many of the batches go into the active segment; the first one does.
std::size_t log::run_length(std::span<const bytes_view> batches) const noexcept {
  segment_outlook filled = segments_.back().outlook();
  const std::int64_t now_ms = context_.clock.wall_now().time_since_epoch().count();
  filled.add(record::batch_view(batches.front()), options_->index_interval_bytes);
  std::size_t count = 1;
  while (count < batches.size()) {
    const record::batch_view batch(batches[count]);
    if (must_roll(filled.state, filled.index_size_bytes, incoming_of(batch), *options_, now_ms)) {
      break;
    }
    filled.add(batch, options_->index_interval_bytes);
    ++count;
  }
  return count;
}

void log::note_run(std::span<const bytes_view> batches) {
  segment& active = segments_.back();
  const std::int64_t now_ms = context_.clock.wall_now().time_since_epoch().count();
  if (memory_ == nullptr) {
    memory_ = std::make_unique<read_memory>();
  }
  for (const bytes_view bytes : batches) {
    const record::batch_view batch(bytes);
    memory_->appended(active.base_offset(), batch.base_offset(), batch.last_offset(),
                      active.size_bytes());
    active.note_batch(place(), batch, options_->index_interval_bytes, now_ms);
    size_bytes_ += batch.size();
    log_end_ = batch.next_offset();
  }
  last_epoch_ = record::batch_view(batches.back()).leader_epoch();
  active.spill_indexes(place());
}

log::rollback_point log::mark() const noexcept {
  return {log_end_, size_bytes_, last_epoch_, segments_.size(),
          segments_.empty() ? segment_state{} : segments_.back().state()};
}

/// Takes back what a failed append has done. Only when the disk is full, and the rollback worked,
/// may the next append be tried: after any other failed write nobody knows what is in the file.
error_code log::undo(const rollback_point& before, error_code why, bool broken) {
  bool undone = true;
  while (segments_.size() > before.segment_count) {
    const segment_state state = segments_.back().state();
    segments_.back().drop_files();
    segments_.pop_back();
    undone = context_.disk.remove(segment_file_path(directory_, state.base_offset, log_suffix))
                 .has_value() &&
             undone;
    ++directory_changes_;
  }
  if (!segments_.empty() && (broken || segments_.back().size_bytes() != before.active.size_bytes)) {
    undone = segments_.back().truncate(place(), before.active).has_value() && undone;
  }
  log_end_ = before.log_end;
  size_bytes_ = before.size_bytes;
  last_epoch_ = before.last_epoch;
  memory_.reset();
  const bool full = io::is_out_of_space(why);
  if (!undone || (broken && !full)) {
    poisoned_ = true;
  }
  if (full && undone) {
    return errc::disk_full;
  }
  return broken || !undone ? make_error_code(errc::write_failed) : why;
}

result<void> log::roll() {
  TIDEMILL_TRY(check_writable());
  if (segments_.empty() || segments_.back().size_bytes() == 0) {
    return {};
  }
  return roll_to(log_end_);
}

result<void> log::roll_to(offset base) {
  // Indexes are hints: what cannot be written now is made anew when it is missed.
  static_cast<void>(segments_.back().complete_indexes(place()));
  if (observer_ != nullptr) {
    TIDEMILL_TRY(observer_->rolled(base));
  }
  return add_segment(base);
}

result<void> log::make_directory() {
  if (directory_exists_) {
    return {};
  }
  TIDEMILL_TRY(context_.disk.create_directories(directory_));
  if (topic_) {
    TIDEMILL_TRY(write_partition_metadata(context_.disk, directory_, *topic_));
  }
  directory_exists_ = true;
  ++directory_changes_;
  return {};
}

result<void> log::add_segment(offset base) {
  segment_state state{.base_offset = base};
  state.max_timestamp_offset = base;
  state.created_ms = context_.clock.wall_now().time_since_epoch().count();
  state.written_ms = state.created_ms;
  segment fresh(state);
  fresh.begin_at(context_.clock.now());
  TIDEMILL_TRY(with_room([&] { return fresh.create(place()); }));
  segments_.push_back(std::move(fresh));
  release_sealed(sealed_open_max);
  ensure_ledger();
  ++directory_changes_;
  dirty_ = true;  // also without data the file has to be there after a clean end
  write_back_begin_ = 0;
  return {};
}

void log::ensure_ledger() {
  if (ledger_ == nullptr) {
    ledger_ = std::make_shared<flush_ledger>();
    ledger_->synced_end = recovery_point_;
  }
}

std::optional<write_back_range> log::take_write_back() {
  if (segments_.empty() || !segments_.back().is_open()) {
    return std::nullopt;
  }
  segment& active = segments_.back();
  const std::uint64_t size = active.size_bytes() - write_back_begin_;
  if (size < options_->write_back_interval_bytes) {
    return std::nullopt;
  }
  write_back_range range{active.file(), write_back_begin_, size};
  write_back_begin_ += size;
  return range;
}

bool log::flush_due(bool expires_soon) const noexcept {
  if (segments_.empty() || write_obstacle() || (ledger_ != nullptr && ledger_->running > 0)) {
    return false;
  }
  const offset synced = recovery_point();
  if (synced >= log_end_) {
    return false;
  }
  if (ledger_ != nullptr && ledger_->unfinished) {
    return true;
  }
  const bool is_old =
      unflushed_bytes_ > 0 && context_.clock.now() - unflushed_since_ >= options_->flush_age_max;
  // The first flush also makes the log's directory durable, and what tells whose it is.
  const bool may_wait = expires_soon && ledger_ != nullptr && ledger_->directory_synced > 0;
  return is_old || (!may_wait && (segments_.back().base_offset() > synced ||
                                  unflushed_bytes_ >= options_->flush_size_bytes_max));
}

std::optional<std::chrono::milliseconds> log::expected_life(
    std::uint64_t retained_size_bytes) const noexcept {
  if (size_bytes_ == 0 || segments_.size() < 2) {
    return std::nullopt;
  }
  // A whole segment goes at a time, so up to one more is kept.
  const auto kept = static_cast<double>(retained_size_bytes) +
                    static_cast<double>(options_->segment_size_bytes_max);
  const auto age = std::chrono::duration<double, std::milli>(context_.clock.now() -
                                                             segments_.front().begun_at());
  const double life_ms = age.count() * kept / static_cast<double>(size_bytes_);
  constexpr double longest_ms = 1e15;  // of an int64, and any number that means "for ever"
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::min(life_ms, longest_ms)));
}

/// A crash may bring back a removed file until its removal is settled. Were it torn then, recovery
/// would cut the log there, and with it what this flush makes durable.
result<void> log::add_unsettled(flush_job::parts& parts) {
  std::erase_if(unsettled_, [](const unsettled_file& one) {
    return one.settled->load(std::memory_order_acquire);
  });
  for (const unsettled_file& one : unsettled_) {
    auto opened = context_.disk.open(one.path, io::open_mode::read_write);
    if (opened) {
      parts.files.emplace_back(std::move(*opened));
    } else if (!io::is_missing(opened.error())) {
      return opened.error();
    }
  }
  return {};
}

result<flush_job> log::begin_flush(bool with_indexes, std::size_t segments_max) {
  TIDEMILL_TRY(check_writable());
  ensure_ledger();
  const bool directory_due = directory_changes_ != ledger_->directory_synced;
  const bool cut_due = std::any_of(segments_.begin(), segments_.end(),
                                   [](const segment& one) { return one.was_cut(); });
  if (ledger_->synced_end >= log_end_ && !directory_due && !cut_due) {
    return flush_job();
  }
  flush_job::parts parts;
  parts.disk = &context_.disk;
  offset end = log_end_;
  for (std::size_t index = 0; index < segments_.size(); ++index) {
    segment& one = segments_[index];
    const bool is_active = index + 1 == segments_.size();
    if (!is_active && segment_end(index) <= ledger_->synced_end && !one.was_cut()) {
      continue;
    }
    if (parts.files.size() == segments_max) {
      end = one.base_offset();
      break;
    }
    TIDEMILL_TRY(with_room([&] { return one.open(place()); }));
    parts.files.push_back(one.file());
    if (!is_active && with_indexes) {
      parts.hints.push_back(segment_file_path(directory_, one.base_offset(), offset_index_suffix));
      parts.hints.push_back(segment_file_path(directory_, one.base_offset(), time_index_suffix));
    }
  }
  TIDEMILL_TRY(add_unsettled(parts));
  if (directory_due) {
    parts.hints.push_back(directory_ + '/' + partition_metadata_name);
    parts.directories.push_back(directory_);
    parts.directories.push_back(directory_.substr(0, directory_.rfind('/')));
  }
  parts.directory_changes = directory_changes_;
  parts.generation = ledger_->generation;
  parts.end = end;
  parts.ledger = ledger_;
  for (segment& one : segments_) {
    if (one.base_offset() < end || end == log_end_) {
      static_cast<void>(one.take_cut());
    }
  }
  if (end == log_end_) {
    unflushed_bytes_ = 0;
  }
  ledger_->unfinished = false;
  release_sealed(sealed_open_max);  // the job keeps the files that it needs
  note_use();
  return flush_job(std::move(parts));
}

}  // namespace tidemill::log
