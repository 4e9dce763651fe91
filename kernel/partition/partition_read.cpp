#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "log/file_names.hpp"
#include "partition/partition.hpp"
#include "partition/shard_context.hpp"

namespace tidemill::partition {

namespace {

/// Where the reader's log parts from this one, if it does (KIP-595).
result<std::optional<log::leader_epoch_end>> divergence(const open_state& open, offset from,
                                                        leader_epoch last_fetched) {
  const auto end = open.derived.epochs().end_offset_for(last_fetched, open.log->log_end());
  if (!end || from < open.log->log_start()) {
    return make_error_code(log::errc::offset_out_of_range);
  }
  if (end->epoch < last_fetched || end->end_offset < from) {
    return end;
  }
  return std::optional<log::leader_epoch_end>{};
}

}  // namespace

result<read_outcome> partition::read(const read_request& request) {
  TIDEMILL_ASSERT(open_ != nullptr);
  TIDEMILL_TRY(open_->leader.check_epoch(request.current_leader_epoch));
  read_outcome outcome;
  outcome.high_watermark = open_->leader.high_watermark();
  outcome.last_stable_offset = last_stable_offset();
  outcome.log_start = open_->log->log_start();
  outcome.slice.first_batch = outcome.slice.end = request.from;
  if (request.last_fetched_epoch) {
    TIDEMILL_TRY_ASSIGN(diverging, divergence(*open_, request.from, *request.last_fetched_epoch));
    if (diverging) {
      outcome.diverging = diverging;
      return outcome;
    }
  }
  log::read_bounds bounds;
  bounds.size_bytes_max = request.size_bytes_max;
  bounds.limit = visible_end(request.level);
  bounds.minimum_one_batch = request.minimum_one_batch;
  auto slice = open_->log->read(request.from, bounds);
  if (!slice) {
    return slice.error() == log::errc::offset_out_of_range
               ? slice.error()
               : tell_read_failure(request.from, slice.error());
  }
  open_->read_failure.clear();  // it was out of reach for a while
  outcome.slice = std::move(*slice);
  if (request.level == isolation::read_committed && !outcome.slice.empty()) {
    outcome.aborted = open_->derived.aborted_in(request.from, outcome.slice.end);
  }
  return outcome;
}

/// Told once; whether the segment is damaged or was only out of reach is found out elsewhere.
error_code partition::tell_read_failure(offset from, error_code error) {
  if (!open_->read_failure.empty()) {
    return error;
  }
  offset base = open_->log->log_start();
  for (const log::segment_state& each : open_->log->segments()) {
    base = each.base_offset <= from ? each.base_offset : base;
  }
  const std::string path = log::segment_file_path(open_->log->directory(), base, log::log_suffix);
  const std::string what = "cannot read offset " + std::to_string(from.value()) + " in " + path;
  open_->read_failure = what + ": " + error.message();
  shard_.services.listener.failed(name(), what, error);
  if (shard_.on_damage) {
    shard_.on_damage(key_, base);
  }
  return error;
}

void partition::wait_for_data(data_waiter& waiter, offset beyond, std::uint64_t bytes_wanted,
                              isolation level) {
  TIDEMILL_ASSERT(open_ != nullptr);
  const std::uint64_t mark = open_->bytes_appended + (bytes_wanted > 1 ? bytes_wanted : 0);
  open_->readers.add(waiter, beyond, mark, level);
  if (bytes_wanted <= 1 && visible_end(level) > beyond) {
    open_->readers.wake_reached({open_->leader.high_watermark(), open_->leader.last_stable_offset(),
                                 open_->bytes_appended});
  }
}

// Offsets -----------------------------------------------------------------------------------------

offset partition::log_start() const noexcept {
  return open_->log->log_start();
}
offset partition::log_end() const noexcept {
  return open_->log->log_end();
}
offset partition::high_watermark() const noexcept {
  return open_->leader.high_watermark();
}
offset partition::last_stable_offset() const noexcept {
  // A transaction whose first records were deleted must not hold readers below the log start.
  return std::max(open_->leader.last_stable_offset(), open_->log->log_start());
}
std::uint64_t partition::size_bytes() const noexcept {
  return open_->log->size_bytes();
}
leader_epoch partition::epoch() const noexcept {
  return open_->leader.epoch();
}

offset partition::visible_end(isolation level) const noexcept {
  return level == isolation::read_committed ? last_stable_offset() : high_watermark();
}

result<void> partition::check_epoch(std::optional<leader_epoch> expected) const noexcept {
  return open_->leader.check_epoch(expected);
}

result<offset> partition::latest(isolation level) const noexcept {
  TIDEMILL_TRY(open_->leader.check_epoch(std::nullopt));
  if (!open_->leader.high_watermark_settled()) {
    return make_error_code(errc::offset_not_available);
  }
  return visible_end(level);
}

result<std::optional<log::timestamp_match>> partition::offset_for_timestamp(
    std::int64_t timestamp_ms, isolation level) {
  return open_->log->offset_for_timestamp(timestamp_ms, visible_end(level), shard_.services.codecs);
}

result<std::optional<log::timestamp_match>> partition::max_timestamp() {
  return open_->log->max_timestamp(shard_.services.codecs);
}

std::optional<leader_epoch> partition::epoch_of(offset position) const noexcept {
  return open_->derived.epochs().epoch_of(position);
}

result<std::optional<log::leader_epoch_end>> partition::end_offset_for(
    leader_epoch requested, std::optional<leader_epoch> current) const noexcept {
  TIDEMILL_TRY(open_->leader.check_epoch(current));
  if (requested == open_->leader.epoch()) {
    // The epoch's first record may not have come yet, so the cache need not know it.
    return std::optional(log::leader_epoch_end{requested, open_->log->log_end()});
  }
  if (requested > open_->leader.epoch()) {
    return std::optional<log::leader_epoch_end>{};
  }
  const offset log_end = open_->log->log_end();
  const auto end = open_->derived.epochs().end_offset_for(requested, log_end);
  if (!end) {
    // Between the last epoch that wrote anything and the leader's own, which starts at the end.
    const auto latest = open_->derived.epochs().latest();
    return std::optional(log::leader_epoch_end{latest.value_or(requested), log_end});
  }
  return end;
}

result<offset> partition::advance_start(offset to) {
  TIDEMILL_ASSERT(open_ != nullptr);
  TIDEMILL_TRY(open_->leader.check_epoch(std::nullopt));
  if (to > high_watermark()) {
    return make_error_code(errc::offset_out_of_range);
  }
  if (to > log_start()) {
    TIDEMILL_TRY_ASSIGN(job, open_->log->advance_start(to));
    run_deletion(shard_, std::move(job), name(), *open_);
    list_for_maintenance();
  }
  return log_start();
}

const log::producer_states& partition::producers() const noexcept {
  return open_->derived.producers();
}

const std::string& partition::failure() const noexcept {
  return open_->write_failure.empty() ? open_->read_failure : open_->write_failure;
}

std::optional<log::errc> partition::write_obstacle() const noexcept {
  return open_->log->write_obstacle();
}

}  // namespace tidemill::partition
