#include "log/compaction/compaction_job.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/assert.hpp"
#include "log/errc.hpp"
#include "log/file_names.hpp"
#include "record/record_iterator.hpp"

namespace tidemill::log {
namespace {

std::uint64_t size_of(const source_segment& source) noexcept {
  return source.state.size_bytes;
}

/// Zero where there is none: it is made anew when somebody needs it.
std::uint64_t index_size(io::disk& disk, const std::string& path) {
  auto file = disk.open(path, io::open_mode::read_only);
  const auto size = file ? (*file)->size() : result<std::uint64_t>(file.error());
  return size ? *size : 0;
}

}  // namespace

compaction_job::compaction_job(compaction_order order)
    : order_(std::move(order)),
      keys_(order_.memory_bytes_max, order_.seed),
      learning_(order_.aborted),
      writer_(*order_.disk, order_.directory, order_.options.index_interval_bytes) {
  TIDEMILL_ASSERT(!order_.sources.empty());
  const auto begin = std::ranges::find_if(
      order_.sources, [this](const source_segment& one) { return one.end > order_.first_dirty; });
  source_ = static_cast<std::size_t>(begin - order_.sources.begin());
  known_to_ = order_.first_dirty;
  for (auto each = begin; each != order_.sources.end(); ++each) {
    figures_.left_bytes += size_of(*each);
  }
  for (const source_segment& each : order_.sources) {
    figures_.left_bytes += size_of(each);
  }
}

result<compaction_job::progress> compaction_job::run_step() {
  auto outcome = step();
  if (!outcome) {
    writer_.discard();
    keys_.clear();
    phase_ = phase::done;
  }
  return outcome;
}

result<compaction_job::progress> compaction_job::step() {
  switch (phase_) {
    case phase::keys:
      TIDEMILL_TRY(learn_keys());
      break;
    case phase::begin_segment:
      TIDEMILL_TRY(begin_segment());
      break;
    case phase::copy:
      TIDEMILL_TRY(copy());
      break;
    case phase::finish_segment:
      return finish_segment();
    case phase::done:
      break;
  }
  return phase_ == phase::done ? progress::done : progress::more;
}

error_code compaction_job::failed_at(std::uint64_t position, error_code error) {
  const offset base = order_.sources[source_].state.base_offset;
  failure_ = {base, position, error.message(), "a batch that can be compacted"};
  return error;
}

result<void> compaction_job::open_source(std::size_t which, std::uint64_t position) {
  source_ = which;
  const segment_state& state = order_.sources[which].state;
  TIDEMILL_TRY_ASSIGN(
      opened, order_.disk->open(segment_file_path(order_.directory, state.base_offset, log_suffix),
                                io::open_mode::read_only));
  scan_.reset();
  file_ = std::move(opened);
  scan_.emplace(*file_, position, state.size_bytes,
                batch_scan::rules{.expected = state.base_offset, .gaps_allowed = true});
  return {};
}

/// `read` counts.
result<walk_step> compaction_job::next_batch(std::uint64_t& read) {
  TIDEMILL_TRY_ASSIGN(step, scan_->next());
  if (step == walk_step::batch) {
    const std::uint64_t size = scan_->end_position() - scan_->position();
    read += size;
    figures_.read_bytes += size;
    figures_.left_bytes -= std::min(figures_.left_bytes, size);
    return step;
  }
  if (scan_->flaw() != recovery_report::cut_reason::none) {
    const auto error = failed_at(scan_->position(), make_error_code(errc::corrupt));
    failure_.found = to_string(scan_->flaw());
    failure_.expected = "a sound batch";
    return error;
  }
  return step;
}

// Keys --------------------------------------------------------------------------------------------

/// Transactions are followed from the beginning, so where some were aborted the clean part is read
/// too.
result<void> compaction_job::learn_keys() {
  if (!scan_) {
    TIDEMILL_TRY(open_source(order_.aborted.empty() ? source_ : 0, 0));
  }
  std::uint64_t read = 0;
  while (read < order_.step_size_bytes) {
    TIDEMILL_TRY_ASSIGN(step, next_batch(read));
    if (step == walk_step::end) {
      if (source_ + 1 == order_.sources.size()) {
        known_to_ = order_.sources.back().end;
        keys_known();
        return {};
      }
      TIDEMILL_TRY(open_source(source_ + 1, 0));
      continue;
    }
    auto known = learn(scan_->batch());
    if (!known) {
      return failed_at(scan_->position(), known.error());
    }
    if (*known == learning::full) {
      if (!has_learnt_) {
        return failed_at(scan_->position(), make_error_code(errc::too_many_keys));
      }
      keys_known();
      return {};
    }
  }
  return {};
}

/// `full` when not all of its keys fit.
result<compaction_job::learning> compaction_job::learn(const record::batch_view& batch) {
  const bool is_dirty = batch.last_offset() >= order_.first_dirty;
  if (batch.is_control()) {
    std::optional<aborted_transaction> ignored;
    TIDEMILL_TRY(learning_.judge_marker(batch, ignored));
  } else if (!learning_.is_aborted(batch) && is_dirty && batch.record_count() > 0) {
    TIDEMILL_TRY_ASSIGN(plain, plain_records(batch, *order_.rules.codecs, plain_));
    record::record_iterator records(plain, batch.record_count());
    record::record_view record;
    while (records.next(record)) {
      const offset at = record::offset_of(batch, record);
      if (record.key && at >= order_.first_dirty && !keys_.put(*record.key, at)) {
        return learning::full;
      }
    }
    if (const auto flaw = records.error()) {
      return *flaw;
    }
  }
  if (is_dirty) {
    note_producer(batch);
    known_to_ = batch.next_offset();
    has_learnt_ = true;
  }
  return learning::known;
}

void compaction_job::note_producer(const record::batch_view& batch) {
  if (const auto id = batch.producer_id(); id && !batch.is_control()) {
    const auto found = order_.rules.producers.find(id->value());
    if (found != order_.rules.producers.end() && found->second.is_unknown) {
      found->second.last_offset = batch.last_offset();
    }
  }
}

void compaction_job::keys_known() {
  scan_.reset();
  file_.reset();
  source_count_ = 0;
  figures_.left_bytes = 0;
  for (const source_segment& each : order_.sources) {
    if (each.state.base_offset < known_to_) {
      ++source_count_;
      figures_.left_bytes += size_of(each);
    }
  }
  filter_.emplace(order_.rules, keys_, known_to_ - offset_delta{1}, std::move(order_.aborted));
  group_end_ = 0;
  phase_ = source_count_ == 0 ? phase::done : phase::begin_segment;
}

// Segments ----------------------------------------------------------------------------------------

/// Adjacent segments become one as long as it stays within the bounds of a segment.
result<std::size_t> compaction_job::group_end(std::size_t begin) const {
  const auto indexes_of = [this](const source_segment& source) {
    const auto path = [&](std::string_view suffix) {
      return segment_file_path(order_.directory, source.state.base_offset, suffix);
    };
    return std::max(index_size(*order_.disk, path(offset_index_suffix)),
                    index_size(*order_.disk, path(time_index_suffix)));
  };
  const auto size_max = std::min(order_.options.segment_size_bytes_max, segment_size_bytes_limit);
  std::uint64_t size = size_of(order_.sources[begin]);
  std::uint64_t indexes = indexes_of(order_.sources[begin]);
  std::size_t end = begin + 1;
  for (; end < source_count_; ++end) {
    const source_segment& next = order_.sources[end];
    size += size_of(next);
    indexes += indexes_of(next);
    const auto length = (next.end - order_.sources[begin].state.base_offset).value();
    if (size > size_max || indexes > order_.options.index_size_bytes_max ||
        length > std::numeric_limits<std::int32_t>::max()) {
      break;
    }
  }
  return end;
}

result<void> compaction_job::begin_segment() {
  group_begin_ = group_end_;
  TIDEMILL_TRY_ASSIGN(end, group_end(group_begin_));
  group_end_ = end;
  is_changed_ = group_end_ - group_begin_ > 1;
  TIDEMILL_TRY(writer_.begin(order_.sources[group_begin_].state));
  TIDEMILL_TRY(open_source(group_begin_, 0));
  phase_ = phase::copy;
  return {};
}

result<void> compaction_job::copy() {
  std::uint64_t read = 0;
  while (read < order_.step_size_bytes) {
    TIDEMILL_TRY_ASSIGN(step, next_batch(read));
    if (step == walk_step::end) {
      if (source_ + 1 == group_end_) {
        phase_ = phase::finish_segment;
        return {};
      }
      TIDEMILL_TRY(open_source(source_ + 1, 0));
      continue;
    }
    const bool is_end =
        source_ + 1 == group_end_ && scan_->end_position() == size_of(order_.sources[source_]);
    auto kept = filter_->apply(scan_->batch(), is_end);
    if (!kept) {
      return failed_at(scan_->position(), kept.error());
    }
    is_changed_ = is_changed_ || kept->is_changed;
    figures_.records_removed += kept->records_removed;
    if (!kept->bytes.empty()) {
      if (auto added = writer_.add(kept->bytes); !added) {
        return failed_at(scan_->position(), added.error());
      }
      figures_.written_bytes += kept->bytes.size();
    }
  }
  return {};
}

result<compaction_job::progress> compaction_job::finish_segment() {
  scan_.reset();
  file_.reset();
  const bool is_last = group_end_ == source_count_;
  phase_ = is_last ? phase::done : phase::begin_segment;
  if (is_last) {
    keys_.clear();
  }
  auto aborted = filter_->take_aborted();
  if (!is_changed_) {
    writer_.discard();
    return is_last ? progress::done : progress::more;
  }
  TIDEMILL_TRY(writer_.finish());
  ready_.state = writer_.state();
  const auto begin = order_.sources.begin();
  ready_.replaces.assign(begin + static_cast<std::ptrdiff_t>(group_begin_),
                         begin + static_cast<std::ptrdiff_t>(group_end_));
  // Records without a timestamp are as old as the last write.
  ready_.state.written_ms = ready_.replaces.back().state.written_ms;
  ready_.aborted = std::move(aborted);
  return progress::segment_ready;
}

}  // namespace tidemill::log
