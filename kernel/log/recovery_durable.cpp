#include "log/recovery_durable.hpp"

#include <utility>

#include "log/batch_walk.hpp"
#include "log/errc.hpp"

namespace tidemill::log {
namespace {

std::string offset_text(std::string_view before, offset at) {
  return std::string(before) + " offset " + std::to_string(at.value());
}

}  // namespace

result<void> durable_check::check_sealed(segment& part, offset next_base) {
  const std::uint64_t size = part.size_bytes();
  auto checked = try_check_sealed(part, size, next_base);
  if (checked || checked.error() != errc::corrupt) {
    return checked;
  }
  std::uint64_t position = 0;
  auto rebuilt = part.rebuild_indexes(place_, options_.index_interval_bytes, position);
  if (!rebuilt) {
    return rebuilt.error() == errc::corrupt
               ? corrupt_at(part, position, "no batch header", "a batch")
               : rebuilt.error();
  }
  ++report_.indexes_rebuilt;
  checked = try_check_sealed(part, size, next_base);
  if (!checked && checked.error() == errc::corrupt) {
    return corrupt_at(part, size, "the end of the file",
                      offset_text("batches that lead up to the next segment at", next_base));
  }
  part.release(place_);
  return checked;
}

result<void> durable_check::try_check_sealed(segment& part, std::uint64_t size, offset next_base) {
  if (size == 0) {
    return errc::corrupt;
  }
  TIDEMILL_TRY(part.open(place_));
  TIDEMILL_TRY_ASSIGN(by_offset, part.offsets(place_));
  TIDEMILL_TRY_ASSIGN(by_time, part.times(place_));
  if (!by_offset->has_file() || !by_time->has_file()) {
    return errc::corrupt;
  }
  TIDEMILL_TRY_ASSIGN(begin, trusted_start(part));
  segment_state state = part.state();
  TIDEMILL_TRY_ASSIGN(newest, by_time->last());
  if (newest) {
    state.max_timestamp_ms = newest->timestamp_ms;
    state.max_timestamp_offset = part.base_offset() + offset_delta{newest->relative_offset};
  }
  offset end = part.base_offset();
  header_walk first(*part.file(), 0, size, part.base_offset());
  TIDEMILL_TRY(first.next());
  state.first_timestamp_ms = first.header().max_timestamp_ms();
  header_walk walk(*part.file(), begin, size, part.base_offset());
  while (true) {
    TIDEMILL_TRY_ASSIGN(step, walk.next());
    if (step == walk_step::end) {
      break;
    }
    last_epoch_ = walk.header().leader_epoch();
    end = walk.header().next_offset();
    if (walk.header().max_timestamp_ms() > state.max_timestamp_ms &&
        walk.header().record_count() > 0) {
      state.max_timestamp_ms = walk.header().max_timestamp_ms();
      state.max_timestamp_offset = walk.header().last_offset();
    }
  }
  if (options_.offsets_may_have_gaps ? end > next_base : end != next_base) {
    return errc::corrupt;
  }
  part = segment(state);
  return {};
}

/// Position of the batch that the last usable index entry names; 0 without one. corrupt when the
/// entry does not fit.
result<std::uint64_t> durable_check::trusted_start(segment& part) {
  TIDEMILL_TRY_ASSIGN(index, part.offsets(place_));
  const std::uint64_t below =
      recovery_point_ > part.base_offset()
          ? static_cast<std::uint64_t>((recovery_point_ - part.base_offset()).value())
          : 0;
  TIDEMILL_TRY_ASSIGN(entry, index->last_where([below](const offset_index_entry& one) {
    return one.relative_offset < below;
  }));
  if (!entry) {
    return std::uint64_t{0};
  }
  if (entry->position >= part.size_bytes()) {
    return errc::corrupt;
  }
  header_walk walk(*part.file(), entry->position, part.size_bytes(), part.base_offset());
  TIDEMILL_TRY(walk.next());
  if (walk.header().last_offset() != part.base_offset() + offset_delta{entry->relative_offset}) {
    return errc::corrupt;
  }
  return std::uint64_t{entry->position};
}

result<offset> durable_check::walk_to_recovery_point(segment& part) {
  const segment_state found = part.state();
  auto walked = try_walk(part, found, true);
  if (!walked && walked.error() == errc::corrupt) {
    ++report_.indexes_rebuilt;
    walked = try_walk(part, found, false);
  }
  if (!walked && walked.error() == errc::corrupt) {
    return corrupt_at(part, part.size_bytes(), "no sound batch",
                      offset_text("batches up to", recovery_point_));
  }
  return walked;
}

/// What the indexes tell of the front of the segment.
result<segment_state> durable_check::trusted_part(segment& part, std::uint64_t size) {
  segment_state kept = part.state();
  kept.size_bytes = 0;
  kept.max_timestamp_ms = -1;
  TIDEMILL_TRY_ASSIGN(begin, trusted_start(part));
  if (begin == 0) {
    return kept;
  }
  header_walk first(*part.file(), 0, size, part.base_offset());
  TIDEMILL_TRY(first.next());
  TIDEMILL_TRY_ASSIGN(times, part.times(place_));
  TIDEMILL_TRY_ASSIGN(by_offset, part.offsets(place_));
  TIDEMILL_TRY_ASSIGN(entry, by_offset->at_or_before(begin));
  TIDEMILL_TRY_ASSIGN(newest, times->last_where([&](const time_index_entry& one) {
    return one.relative_offset < entry->relative_offset;
  }));
  kept.size_bytes = begin;
  kept.first_timestamp_ms = first.header().max_timestamp_ms();
  if (newest) {
    kept.max_timestamp_ms = newest->timestamp_ms;
    kept.max_timestamp_offset = part.base_offset() + offset_delta{newest->relative_offset};
  }
  return kept;
}

result<offset> durable_check::try_walk(segment& part, const segment_state& found,
                                       bool trust_index) {
  const std::uint64_t size = found.size_bytes;
  part = segment(found);
  TIDEMILL_TRY(part.open(place_));
  segment_state kept = found;
  kept.size_bytes = 0;
  kept.max_timestamp_ms = -1;
  if (trust_index) {
    TIDEMILL_TRY_ASSIGN(trusted, trusted_part(part, size));
    kept = trusted;
  }
  TIDEMILL_TRY(part.rewind(place_, kept));
  offset reached = part.base_offset();
  if (recovery_point_ <= part.base_offset()) {
    return reached;
  }
  header_walk walk(*part.file(), kept.size_bytes, size, part.base_offset());
  while (reached < recovery_point_) {
    TIDEMILL_TRY_ASSIGN(step, walk.next());
    if (step == walk_step::end) {
      return errc::corrupt;  // the log ends below what was durable
    }
    const record::batch_view header = walk.header();
    if (header.next_offset() > recovery_point_) {
      break;  // to be scanned
    }
    if (!options_.offsets_may_have_gaps && part.size_bytes() > kept.size_bytes &&
        header.base_offset() != reached) {
      return errc::corrupt;
    }
    last_epoch_ = header.leader_epoch();
    part.note_batch(place_, header, options_.index_interval_bytes, part.state().written_ms);
    part.spill_indexes(place_);
    reached = header.next_offset();
  }
  if (reached == recovery_point_) {
    TIDEMILL_TRY(
        check_last_batch(part, walk.position(), walk.end_position(), walk.header().base_offset()));
  }
  return reached;
}

/// Headers lead up to here; the last of them also has to be true, or it hides what follows.
result<void> durable_check::check_last_batch(segment& part, std::uint64_t position,
                                             std::uint64_t end, offset base) {
  batch_scan last(*part.file(), position, end, {.expected = base, .gaps_allowed = false});
  TIDEMILL_TRY_ASSIGN(step, last.next());
  if (step == walk_step::end) {
    return errc::corrupt;
  }
  return {};
}

error_code durable_check::corrupt_at(const segment& part, std::uint64_t position, std::string found,
                                     std::string expected) {
  report_.damage = {part.base_offset(), position, std::move(found), std::move(expected)};
  return errc::corrupt;
}

}  // namespace tidemill::log
