// The reading half of log.
#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "log/batch_walk.hpp"
#include "log/log.hpp"
#include "log/read_memory.hpp"
#include "log/segment.hpp"
#include "log/segment_lookup.hpp"
#include "record/record_iterator.hpp"

namespace tidemill::log {
namespace {

/// Sealed segments that keep their files open at a time; the next one read closes another.

}  // namespace

result<void> log::check_readable() const noexcept {
  if (closed_) {
    return errc::closed;
  }
  if (corrupt_) {
    return errc::corrupt;
  }
  return {};
}

result<read_slice> log::read(offset from, const read_bounds& bounds) {
  TIDEMILL_TRY(check_readable());
  if (from < log_start_ || from > log_end_) {
    return errc::offset_out_of_range;
  }
  const offset limit = std::min(bounds.limit, log_end_);
  read_slice nothing;
  nothing.first_batch = from;
  nothing.end = from;
  if (from >= limit) {
    return nothing;
  }
  for (std::size_t index = segment_index_of(from); index < segments_.size(); ++index) {
    auto first = find_batch(index, from);
    if (!first) {
      return note_damage(first.error());
    }
    if (!*first) {
      continue;  // a gap up to the next segment
    }
    if ((*first)->base_offset >= limit) {
      return nothing;
    }
    auto slice = slice_from(index, **first, from, bounds, limit);
    if (!slice) {
      return note_damage(slice.error());
    }
    note_use();
    return slice;
  }
  return nothing;
}

/// The last segment that starts at or below; `at` is not below the first one.
std::size_t log::segment_index_of(offset at) const noexcept {
  if (segments_.empty() || segments_.back().base_offset() <= at) {
    return segments_.empty() ? 0 : segments_.size() - 1;
  }
  const auto after =
      std::upper_bound(segments_.begin(), segments_.end(), at,
                       [](offset value, const segment& one) { return value < one.base_offset(); });
  return after == segments_.begin() ? 0 : static_cast<std::size_t>(after - segments_.begin()) - 1;
}

offset log::segment_end(std::size_t index) const noexcept {
  return index + 1 < segments_.size() ? segments_[index + 1].base_offset() : log_end_;
}

result<std::optional<batch_place>> log::find_batch(std::size_t index, offset target) {
  segment& where = segments_[index];
  if (where.size_bytes() == 0) {
    return std::optional<batch_place>();
  }
  TIDEMILL_TRY(use_segment(index));
  if (memory_ != nullptr) {
    if (auto known = memory_->find(where.base_offset(), target)) {
      return known;
    }
  }
  if (target <= where.base_offset() && !gaps_allowed()) {
    return std::optional(batch_place{0, where.base_offset()});
  }
  const segment_place files = place();
  return segment_lookup(where, files, options_->index_interval_bytes).find(target);
}

result<read_slice> log::slice_from(std::size_t index, const batch_place& first, offset from,
                                   const read_bounds& bounds, offset limit) {
  segment& where = segments_[index];
  read_slice slice;
  slice.position = first.position;
  slice.first_batch = first.base_offset;
  std::uint64_t end_position = where.size_bytes();
  slice.end = segment_end(index);
  if (limit < slice.end) {
    TIDEMILL_TRY_ASSIGN(past, find_batch(index, limit));
    if (past) {
      end_position = past->position;
      slice.end = std::min(limit, past->base_offset);
    }
  }
  if (end_position - slice.position > bounds.size_bytes_max) {
    const segment_place files = place();
    segment_lookup lookup(where, files, options_->index_interval_bytes);
    TIDEMILL_TRY_ASSIGN(
        cut, lookup.find_boundary(slice.position, slice.position + bounds.size_bytes_max));
    const bool is_nothing = cut.position == slice.position;
    if (!is_nothing || bounds.minimum_one_batch) {
      end_position = is_nothing ? cut.end_position : cut.position;
      slice.end =
          is_nothing ? cut.end_offset.value_or(slice.end) : cut.base_offset.value_or(slice.end);
    } else {
      end_position = slice.position;
    }
  }
  slice.size_bytes = end_position > slice.position ? end_position - slice.position : 0;
  if (slice.size_bytes == 0) {
    slice.first_batch = from;
    slice.end = from;
    return slice;
  }
  slice.file = where.file();
  if (end_position < where.size_bytes() || index + 1 == segments_.size()) {
    if (memory_ == nullptr) {
      memory_ = std::make_unique<read_memory>();
    }
    if (!gaps_allowed()) {
      memory_->read_ended(where.base_offset(), slice.end, end_position);
    }
  }
  return slice;
}

result<void> log::use_segment(std::size_t index) {
  if (segments_[index].is_open()) {
    return {};
  }
  release_sealed(sealed_open_max - 1);
  TIDEMILL_TRY(with_room([&] { return segments_[index].open(place()); }));
  note_use();
  return {};
}

error_code log::note_damage(error_code error) noexcept {
  if (error == errc::corrupt) {
    corrupt_ = true;
  }
  return error;
}

result<std::optional<timestamp_match>> log::offset_for_timestamp(std::int64_t timestamp_ms,
                                                                 offset limit,
                                                                 const record::codec_set& codecs) {
  TIDEMILL_TRY(check_readable());
  for (std::size_t index = segment_index_of(log_start_); index < segments_.size(); ++index) {
    const segment_state& state = segments_[index].state();
    if (state.max_timestamp_ms < timestamp_ms || state.size_bytes == 0) {
      continue;
    }
    TIDEMILL_TRY(use_segment(index));
    const segment_place files = place();
    segment_lookup lookup(segments_[index], files, options_->index_interval_bytes);
    auto found = lookup.find_time(timestamp_ms, log_start_);
    if (!found) {
      return note_damage(found.error());
    }
    if (!*found) {
      continue;  // all of it below the log start
    }
    if ((*found)->base_offset >= limit) {
      break;
    }
    auto match = record_at_time(index, **found, timestamp_ms, log_start_, codecs);
    if (!match) {
      return note_damage(match.error());
    }
    if (*match) {
      return (*match)->at < limit ? *match : std::nullopt;
    }
  }
  return std::optional<timestamp_match>();
}

result<std::optional<timestamp_match>> log::max_timestamp(const record::codec_set& codecs) {
  TIDEMILL_TRY(check_readable());
  std::size_t newest = segments_.size();
  for (std::size_t index = segment_index_of(log_start_); index < segments_.size(); ++index) {
    const segment_state& state = segments_[index].state();
    if (state.size_bytes > 0 && state.max_timestamp_ms >= 0 &&
        (newest == segments_.size() ||
         state.max_timestamp_ms > segments_[newest].state().max_timestamp_ms)) {
      newest = index;
    }
  }
  if (newest == segments_.size()) {
    return std::optional<timestamp_match>();
  }
  const segment_state state = segments_[newest].state();
  TIDEMILL_TRY(use_segment(newest));
  auto found = find_batch(newest, state.max_timestamp_offset);
  if (!found) {
    return note_damage(found.error());
  }
  if (!*found) {
    return std::optional<timestamp_match>();
  }
  auto match = record_at_time(newest, **found, state.max_timestamp_ms, log_start_, codecs);
  if (!match) {
    return note_damage(match.error());
  }
  return *match;
}

namespace {

/// The first record of the batch that is not below `from` and not before the time; that of its
/// header where nobody can look into it. A compacted batch may have lost the record.
std::optional<timestamp_match> match_in(const record::batch_view& batch, std::int64_t timestamp_ms,
                                        offset from, const record::codec_set& codecs) {
  timestamp_match match{std::max(batch.base_offset(), from), batch.max_timestamp_ms(),
                        batch.leader_epoch()};
  bytes_view plain = batch.records_bytes();
  byte_buffer decompressed;
  if (batch.is_compressed()) {
    constexpr std::size_t plain_size_bytes_max = std::size_t{128} << 20;
    const auto type = batch.compression();
    const record::codec* codec = type ? codecs.find(*type) : nullptr;
    if (codec == nullptr || !codec->decompress(plain, plain_size_bytes_max, decompressed)) {
      return match;
    }
    plain = decompressed;
  }
  record::record_iterator records(plain, batch.record_count());
  record::record_view record;
  while (records.next(record)) {
    const offset at = record::offset_of(batch, record);
    const std::int64_t time_ms = record::timestamp_ms_of(batch, record);
    if (at >= from && time_ms >= timestamp_ms) {
      match.at = at;
      match.timestamp_ms = time_ms;
      return match;
    }
  }
  return records.error() ? std::optional(match) : std::nullopt;
}

}  // namespace

/// From the batch on; nullopt when the segment ends before.
result<std::optional<timestamp_match>> log::record_at_time(std::size_t index,
                                                           const batch_place& where,
                                                           std::int64_t timestamp_ms, offset from,
                                                           const record::codec_set& codecs) {
  const io::file& file = *segments_[index].file();
  batch_scan scan(file, where.position, segments_[index].size_bytes(),
                  {.expected = where.base_offset, .gaps_allowed = gaps_allowed()});
  while (true) {
    TIDEMILL_TRY_ASSIGN(step, scan.next());
    if (step == walk_step::end) {
      break;
    }
    if (scan.batch().max_timestamp_ms() >= timestamp_ms) {
      if (auto match = match_in(scan.batch(), timestamp_ms, from, codecs)) {
        return match;
      }
    }
  }
  if (scan.flaw() != recovery_report::cut_reason::none) {
    return errc::corrupt;
  }
  return std::optional<timestamp_match>();
}

result<void> log::scan(offset from, offset to,
                       unique_function<result<void>(const record::batch_view&)> visit) {
  TIDEMILL_TRY(check_readable());
  if (from < log_start_ || to > log_end_) {
    return errc::offset_out_of_range;
  }
  for (std::size_t index = segment_index_of(from); index < segments_.size(); ++index) {
    if (segments_[index].base_offset() >= to) {
      break;
    }
    auto first = find_batch(index, from);
    if (!first) {
      return note_damage(first.error());
    }
    if (!*first) {
      continue;
    }
    batch_scan batches(*segments_[index].file(), (*first)->position, segments_[index].size_bytes(),
                       {.expected = (*first)->base_offset, .gaps_allowed = gaps_allowed()});
    while (true) {
      TIDEMILL_TRY_ASSIGN(step, batches.next());
      if (step == walk_step::end) {
        break;
      }
      if (batches.batch().base_offset() >= to) {
        return {};
      }
      TIDEMILL_TRY(visit(batches.batch()));
    }
    const bool complete = batches.flaw() == recovery_report::cut_reason::none;
    if (!complete || (!gaps_allowed() && batches.expected() != segment_end(index))) {
      return note_damage(errc::corrupt);
    }
  }
  return {};
}

}  // namespace tidemill::log
