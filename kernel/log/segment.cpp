#include "log/segment.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "log/batch_walk.hpp"
#include "log/errc.hpp"
#include "log/file_names.hpp"

namespace tidemill::log {
namespace {

/// By its header, for of some batches there is no more.
std::uint32_t size_of(const record::batch_view& batch) noexcept {
  return static_cast<std::uint32_t>(batch.length_field()) +
         static_cast<std::uint32_t>(record::batch_length_overhead);
}

result<void> remove_if_there(io::disk& disk, const std::string& path) {
  auto removed = disk.remove(path);
  if (!removed && !io::is_missing(removed.error())) {
    return removed.error();
  }
  return {};
}

/// How far the next index entry is, with a batch more.
std::uint32_t grown(std::uint32_t bytes_since_entry, std::uint32_t size) noexcept {
  const std::uint32_t sum = bytes_since_entry + size;
  return sum < size ? size : sum;
}

}  // namespace

void segment_outlook::add(const record::batch_view& batch,
                          std::uint32_t index_interval_bytes) noexcept {
  widen(state, batch);
  if (bytes_since_entry > index_interval_bytes) {
    bytes_since_entry = 0;
    index_size_bytes += time_index_entry::size_bytes;  // the larger of the two kinds
  }
  bytes_since_entry = grown(bytes_since_entry, size_of(batch));
  state.size_bytes += size_of(batch);
}

void widen(segment_state& state, const record::batch_view& batch) noexcept {
  const std::int64_t newest = batch.max_timestamp_ms();
  if (state.size_bytes == 0) {
    state.first_timestamp_ms = newest;
  }
  // What is left of a batch without records bears a time of none.
  if (newest > state.max_timestamp_ms && batch.record_count() > 0) {
    state.max_timestamp_ms = newest;
    state.max_timestamp_offset = batch.last_offset();
  }
}

result<void> segment::create(const segment_place& place) {
  const auto path_of = [&](std::string_view suffix) {
    return segment_file_path(place.directory, base_offset(), suffix);
  };
  TIDEMILL_TRY_ASSIGN(made, place.disk.open(path_of(log_suffix), io::open_mode::create_new));
  TIDEMILL_TRY(remove_if_there(place.disk, path_of(offset_index_suffix)));
  TIDEMILL_TRY(remove_if_there(place.disk, path_of(time_index_suffix)));
  files_ = std::make_unique<open_files>();
  files_->log = std::move(made);
  file_ = files_->log;
  return {};
}

result<void> segment::open(const segment_place& place) {
  if (files_ != nullptr) {
    return {};
  }
  std::shared_ptr<io::file> opened = file_.lock();
  if (opened == nullptr) {
    const auto path = segment_file_path(place.directory, base_offset(), log_suffix);
    TIDEMILL_TRY_ASSIGN(made, place.disk.open(path, io::open_mode::read_write));
    opened = std::move(made);
    TIDEMILL_TRY_ASSIGN(size, opened->size());
    if (size < state_.size_bytes) {
      return errc::corrupt;
    }
    if (size > state_.size_bytes) {
      TIDEMILL_TRY(opened->truncate(state_.size_bytes));
      cut_ = true;
    }
  }
  files_ = std::make_unique<open_files>();
  files_->log = std::move(opened);
  file_ = files_->log;
  return {};
}

void segment::release(const segment_place& place) noexcept {
  if (files_ == nullptr) {
    return;
  }
  if (files_->offsets.has_pending() || files_->times.has_pending()) {
    static_cast<void>(complete_indexes(place));  // hints: recovery makes them anew
  }
  files_.reset();
}

result<offset_index*> segment::offsets(const segment_place& place) {
  TIDEMILL_ASSERT(files_ != nullptr);
  if (!files_->offsets.is_open()) {
    TIDEMILL_TRY(files_->offsets.open(
        place.disk, segment_file_path(place.directory, base_offset(), offset_index_suffix)));
  }
  return &files_->offsets;
}

result<time_index*> segment::times(const segment_place& place) {
  TIDEMILL_ASSERT(files_ != nullptr);
  if (!files_->times.is_open()) {
    TIDEMILL_TRY(files_->times.open(
        place.disk, segment_file_path(place.directory, base_offset(), time_index_suffix)));
  }
  return &files_->times;
}

std::uint64_t segment::index_size_bytes_max() const noexcept {
  return files_ == nullptr ? 0 : std::max(files_->offsets.size_bytes(), files_->times.size_bytes());
}

void segment::note_batch(const segment_place& place, const record::batch_view& batch,
                         std::uint32_t index_interval_bytes, std::int64_t now_ms) {
  widen(state_, batch);
  index_batch(place, batch, state_.size_bytes, index_interval_bytes);
  state_.size_bytes += size_of(batch);
  state_.written_ms = now_ms;
}

void segment::index_batch(const segment_place& place, const record::batch_view& batch,
                          std::uint64_t position, std::uint32_t index_interval_bytes) {
  if (files_->bytes_since_entry > index_interval_bytes) {
    files_->bytes_since_entry = 0;
    auto offsets_opened = offsets(place);
    auto times_opened = times(place);
    if (offsets_opened && times_opened) {
      (*offsets_opened)
          ->push({relative(batch.last_offset()), static_cast<std::uint32_t>(position)});
      static_cast<void>(
          (*times_opened)
              ->push_if_later({state_.max_timestamp_ms, relative(state_.max_timestamp_offset)}));
    }
  }
  files_->bytes_since_entry = grown(files_->bytes_since_entry, size_of(batch));
}

result<void> segment::complete_indexes(const segment_place& place) {
  TIDEMILL_TRY(open(place));
  TIDEMILL_TRY_ASSIGN(by_offset, offsets(place));
  TIDEMILL_TRY_ASSIGN(by_time, times(place));
  if (state_.max_timestamp_ms >= 0) {
    TIDEMILL_TRY(
        by_time->push_if_later({state_.max_timestamp_ms, relative(state_.max_timestamp_offset)}));
  }
  TIDEMILL_TRY(by_offset->spill(
      place.disk, segment_file_path(place.directory, base_offset(), offset_index_suffix)));
  return by_time->spill(place.disk,
                        segment_file_path(place.directory, base_offset(), time_index_suffix));
}

void segment::spill_indexes(const segment_place& place) {
  if (files_->offsets.spill_due()) {
    static_cast<void>(files_->offsets.spill(
        place.disk, segment_file_path(place.directory, base_offset(), offset_index_suffix)));
  }
  if (files_->times.spill_due()) {
    static_cast<void>(files_->times.spill(
        place.disk, segment_file_path(place.directory, base_offset(), time_index_suffix)));
  }
}

result<void> segment::rewind(const segment_place& place, const segment_state& kept) {
  TIDEMILL_ASSERT(kept.base_offset == state_.base_offset);
  TIDEMILL_TRY(open(place));
  TIDEMILL_TRY_ASSIGN(by_offset, offsets(place));
  TIDEMILL_TRY_ASSIGN(by_time, times(place));
  TIDEMILL_TRY(by_offset->truncate_to_position(kept.size_bytes));
  const bool holds_timestamp = kept.size_bytes > 0 && kept.max_timestamp_ms >= 0;
  const std::uint64_t times_end =
      holds_timestamp ? std::uint64_t{relative(kept.max_timestamp_offset)} + 1 : 0;
  TIDEMILL_TRY(by_time->truncate_to_offset(times_end));
  state_ = kept;
  files_->bytes_since_entry = 0;
  return {};
}

result<void> segment::truncate(const segment_place& place, const segment_state& kept) {
  TIDEMILL_TRY(open(place));
  TIDEMILL_TRY(files_->log->truncate(kept.size_bytes));
  cut_ = true;
  return rewind(place, kept);
}

result<void> segment::rebuild_indexes(const segment_place& place,
                                      std::uint32_t index_interval_bytes, std::uint64_t& position) {
  TIDEMILL_TRY(open(place));
  TIDEMILL_TRY_ASSIGN(by_offset, offsets(place));
  TIDEMILL_TRY_ASSIGN(by_time, times(place));
  TIDEMILL_TRY(by_offset->truncate(0));
  TIDEMILL_TRY(by_time->truncate(0));
  segment_state seen{.base_offset = base_offset(), .size_bytes = 0};
  seen.created_ms = state_.created_ms;
  seen.written_ms = state_.written_ms;
  std::swap(state_, seen);
  files_->bytes_since_entry = 0;
  header_walk walk(*files_->log, 0, seen.size_bytes, base_offset());
  while (true) {
    auto more = walk.next();
    if (!more || *more == walk_step::end) {
      position = walk.position();
      state_.size_bytes = seen.size_bytes;
      if (!more) {
        state_ = seen;
        return more.error();
      }
      break;
    }
    widen(state_, walk.header());
    index_batch(place, walk.header(), walk.position(), index_interval_bytes);
    state_.size_bytes += walk.size_bytes();
    spill_indexes(place);
  }
  const auto written = complete_indexes(place);
  return written || io::is_out_of_space(written.error()) ? result<void>{} : written;
}

}  // namespace tidemill::log
