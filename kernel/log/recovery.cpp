#include "log/recovery.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "log/batch_walk.hpp"
#include "log/compaction/segment_swap.hpp"
#include "log/damage.hpp"
#include "log/errc.hpp"
#include "log/file_names.hpp"
#include "log/recovery_durable.hpp"
#include "log/segment.hpp"

namespace tidemill::log {
namespace {

using cut_reason = recovery_report::cut_reason;

class recovery_run {
 public:
  recovery_run(const recovery_input& input, recovery_report& report)
      : input_(input), report_(report), place_{input.disk, input.directory} {}

  [[nodiscard]] result<log_state> run();

 private:
  struct found_segment {
    segment part;
    std::uint64_t file_size_bytes;
  };

  [[nodiscard]] result<void> find_segments();
  [[nodiscard]] result<void> open_found(offset base);
  void pass_over_what_is_below_start();
  [[nodiscard]] result<void> set_all_aside();
  [[nodiscard]] result<void> settle_recovery_point();
  [[nodiscard]] result<void> replay(offset from);
  [[nodiscard]] result<void> scan_from(std::size_t index);
  [[nodiscard]] result<void> scan_segment(std::size_t index, cut_reason& flaw);
  [[nodiscard]] result<void> cut_after(std::size_t index, cut_reason why);
  [[nodiscard]] result<void> remove_segment_files(offset base);
  [[nodiscard]] result<log_state> finish();
  [[nodiscard]] error_code corrupt_at(std::optional<offset> segment_base, std::uint64_t position,
                                      std::string found, std::string expected);
  void saw(const record::batch_view& batch) noexcept { last_epoch_ = batch.leader_epoch(); }

  const recovery_input& input_;
  recovery_report& report_;
  segment_place place_;
  offset log_start_{0};
  offset log_end_{0};
  offset recovery_point_{0};
  std::optional<leader_epoch> last_epoch_;
  std::vector<found_segment> found_;
  std::vector<offset> below_start_;
  bool removed_files_ = false;
};

result<log_state> recovery_run::run() {
  report_.scanned = true;
  log_start_ = input_.log_start;
  TIDEMILL_TRY(find_segments());
  TIDEMILL_TRY(settle_recovery_point());
  if (found_.empty()) {
    log_end_ = log_start_;
    if (input_.observer != nullptr) {
      TIDEMILL_TRY(input_.observer->begin_recovery({log_start_, recovery_point_}));
    }
    return finish();
  }
  durable_check durable(place_, input_.options, recovery_point_, report_);
  std::size_t current = 0;
  // A segment that starts just at the recovery point may be the trace of an append that was taken
  // back: what comes before it decides.
  while (current + 1 < found_.size() && found_[current + 1].part.base_offset() < recovery_point_) {
    TIDEMILL_TRY(
        durable.check_sealed(found_[current].part, found_[current + 1].part.base_offset()));
    ++current;
  }
  TIDEMILL_TRY_ASSIGN(reached, durable.walk_to_recovery_point(found_[current].part));
  log_end_ = reached;
  last_epoch_ = durable.last_epoch();
  if (input_.observer != nullptr) {
    TIDEMILL_TRY_ASSIGN(from, input_.observer->begin_recovery({log_start_, recovery_point_}));
    TIDEMILL_TRY(replay(from));
  }
  TIDEMILL_TRY(scan_from(current));
  if (log_end_ < log_start_) {
    TIDEMILL_TRY(set_all_aside());
  }
  for (const offset base : below_start_) {
    TIDEMILL_TRY(remove_segment_files(base));
  }
  return finish();
}

/// Records were deleted up to a point that the files did not live to see; or the checkpoint of the
/// log start is wrong, and no record bears it out. So nothing is removed on its word, and it is
/// told.
result<void> recovery_run::set_all_aside() {
  for (const found_segment& each : found_) {
    below_start_.push_back(each.part.base_offset());
    report_.cut_bytes += each.part.size_bytes();
  }
  report_.reason = recovery_report::cut_reason::start_beyond_end;
  report_.cut_at = log_end_;
  report_.segments_removed += static_cast<std::uint32_t>(below_start_.size());
  for (const offset base : below_start_) {
    const auto path = segment_file_path(input_.directory, base, log_suffix);
    TIDEMILL_TRY(input_.disk.rename(path, path + std::string(lost_suffix)));
    TIDEMILL_TRY(remove_segment_files(base));
  }
  below_start_.clear();
  found_.clear();
  log_end_ = log_start_;
  return {};
}

result<void> recovery_run::find_segments() {
  TIDEMILL_TRY(settle_swaps(input_.disk, input_.directory));
  TIDEMILL_TRY_ASSIGN(entries, input_.disk.list(input_.directory));
  std::vector<offset> bases;
  std::vector<std::pair<offset, std::string>> indexes;
  for (const io::directory_entry& entry : entries) {
    if (entry.is_directory) {
      continue;
    }
    if (is_leftover(entry.name)) {
      static_cast<void>(input_.disk.remove(input_.directory + '/' + entry.name));
    } else if (const auto base = parse_segment_file_name(entry.name, log_suffix)) {
      bases.push_back(*base);
    } else {
      for (const auto suffix : {offset_index_suffix, time_index_suffix}) {
        if (const auto of = parse_segment_file_name(entry.name, suffix)) {
          indexes.emplace_back(*of, entry.name);
        }
      }
    }
  }
  std::sort(bases.begin(), bases.end());
  for (const auto& [base, name] : indexes) {
    if (!std::binary_search(bases.begin(), bases.end(), base)) {
      static_cast<void>(input_.disk.remove(input_.directory + '/' + name));
    }
  }
  for (const offset base : bases) {
    TIDEMILL_TRY(open_found(base));
  }
  pass_over_what_is_below_start();
  return {};
}

result<void> recovery_run::open_found(offset base) {
  const auto path = segment_file_path(input_.directory, base, log_suffix);
  TIDEMILL_TRY_ASSIGN(file, input_.disk.open(path, io::open_mode::read_only));
  TIDEMILL_TRY_ASSIGN(size, file->size());
  if (size > segment_size_bytes_limit) {
    return corrupt_at(base, segment_size_bytes_limit, std::to_string(size) + " bytes",
                      "at most " + std::to_string(segment_size_bytes_limit));
  }
  segment_state state{.base_offset = base, .size_bytes = size};
  state.max_timestamp_offset = base;
  state.created_ms = input_.clock.wall_now().time_since_epoch().count();
  state.written_ms = state.created_ms;
  found_.push_back({segment(state), size});
  return {};
}

/// A removal of the log's start may have been interrupted. What lies below it may be torn, and goes
/// once the rest has turned out to be sound.
void recovery_run::pass_over_what_is_below_start() {
  std::size_t count = 0;
  while (count + 1 < found_.size() && found_[count + 1].part.base_offset() <= log_start_) {
    below_start_.push_back(found_[count].part.base_offset());
    ++count;
  }
  found_.erase(found_.begin(), found_.begin() + static_cast<std::ptrdiff_t>(count));
  if (!found_.empty()) {
    log_start_ = std::max(log_start_, found_.front().part.base_offset());
  }
}

result<void> recovery_run::settle_recovery_point() {
  const offset first = found_.empty() ? log_start_ : found_.front().part.base_offset();
  recovery_point_ = std::max(input_.recovery_point.value_or(first), first);
  if (!found_.empty() && recovery_point_ <= log_start_) {
    recovery_point_ = first;  // nothing that may be read was promised: what is there is scanned
  }
  report_.recovery_point = recovery_point_;
  if (found_.empty() && recovery_point_ > log_start_) {
    return corrupt_at(std::nullopt, 0, "no segment file",
                      "records up to offset " + std::to_string(recovery_point_.value()));
  }
  return {};
}

/// Shows the observer what it wants of the batches below the recovery point.
result<void> recovery_run::replay(offset from) {
  for (found_segment& one : found_) {
    segment& part = one.part;
    if (part.base_offset() >= recovery_point_ || from >= recovery_point_) {
      break;
    }
    if (&one != &found_.back() && (&one + 1)->part.base_offset() <= from) {
      continue;
    }
    TIDEMILL_TRY(part.open(place_));
    header_walk walk(*part.file(), 0, part.size_bytes(), part.base_offset());
    while (true) {
      auto step = walk.next();
      if (!step) {
        return step.error() == errc::corrupt
                   ? corrupt_at(part.base_offset(), walk.position(), "no batch header", "a batch")
                   : step.error();
      }
      if (*step == walk_step::end) {
        break;
      }
      const record::batch_view header = walk.header();
      if (header.base_offset() < from || header.last_offset() < log_start_) {
        continue;
      }
      if (!header.is_control()) {
        TIDEMILL_TRY(input_.observer->recovered(header));
        continue;
      }
      byte_buffer whole(static_cast<std::size_t>(walk.size_bytes()));
      TIDEMILL_TRY_ASSIGN(got, part.file()->read_at(walk.position(), whole));
      if (got != whole.size()) {
        return corrupt_at(part.base_offset(), walk.position(), "the end of the file", "a batch");
      }
      TIDEMILL_TRY(input_.observer->recovered(record::batch_view(whole)));
    }
    if (&one != &found_.back() && (&one + 1)->part.base_offset() < recovery_point_) {
      part.release(place_);
    }
  }
  return {};
}

result<void> recovery_run::scan_from(std::size_t index) {
  for (std::size_t at = index; at < found_.size(); ++at) {
    if (at > index) {
      const offset base = found_[at].part.base_offset();
      // Also where there are gaps: none lies between two segments, whoever makes them sees to it.
      if (base != log_end_) {
        return cut_after(at - 1, cut_reason::orphan_segment);
      }
      segment_state nothing{.base_offset = base};
      nothing.max_timestamp_offset = base;
      nothing.created_ms = found_[at].part.state().created_ms;
      TIDEMILL_TRY(found_[at].part.open(place_));
      TIDEMILL_TRY(found_[at].part.rewind(place_, nothing));
      log_end_ = base;
    }
    cut_reason flaw = cut_reason::none;
    TIDEMILL_TRY(scan_segment(at, flaw));
    if (log_end_ < recovery_point_) {
      return corrupt_at(
          found_[at].part.base_offset(), found_[at].part.size_bytes(),
          std::string(to_string(flaw == cut_reason::none ? cut_reason::torn_batch : flaw)),
          "batches up to offset " + std::to_string(recovery_point_.value()));
    }
    if (flaw != cut_reason::none) {
      return cut_after(at, flaw);
    }
    if (at + 1 < found_.size()) {
      // On a full disk they are hints that are missing: what is there can be read all the same.
      if (const auto written = found_[at].part.complete_indexes(place_);
          !written && !io::is_out_of_space(written.error())) {
        return written.error();
      }
      found_[at].part.release(place_);
    }
  }
  return {};
}

result<void> recovery_run::scan_segment(std::size_t index, cut_reason& flaw) {
  segment& part = found_[index].part;
  const std::uint64_t begin = part.size_bytes();
  batch_scan scan(*part.file(), begin, found_[index].file_size_bytes,
                  {.expected = log_end_, .gaps_allowed = input_.options.offsets_may_have_gaps});
  while (true) {
    TIDEMILL_TRY_ASSIGN(step, scan.next());
    if (step == walk_step::end) {
      break;
    }
    const record::batch_view batch = scan.batch();
    if ((batch.last_offset() - part.base_offset()).value() >
        std::numeric_limits<std::int32_t>::max()) {
      flaw = cut_reason::offset_mismatch;
      break;
    }
    if (input_.rewrite_tail) {
      TIDEMILL_TRY(part.file()->write_at(scan.position(), batch.bytes()));
    }
    saw(batch);
    part.note_batch(place_, batch, input_.options.index_interval_bytes, part.state().written_ms);
    part.spill_indexes(place_);
    log_end_ = batch.next_offset();
    ++report_.batches;
    if (input_.observer != nullptr) {
      TIDEMILL_TRY(input_.observer->recovered(batch));
    }
  }
  flaw = flaw == cut_reason::none ? scan.flaw() : flaw;
  report_.scanned_bytes += part.size_bytes() - begin;
  return {};
}

/// Nothing after the end of this segment's good batches is part of the log.
result<void> recovery_run::cut_after(std::size_t index, cut_reason why) {
  report_.reason = why;
  report_.cut_at = log_end_;
  while (found_.size() > index + 1) {
    report_.cut_bytes += found_.back().file_size_bytes;
    ++report_.segments_removed;
    TIDEMILL_TRY(remove_segment_files(found_.back().part.base_offset()));
    found_.pop_back();
  }
  segment& part = found_.back().part;
  report_.cut_bytes += found_.back().file_size_bytes - part.size_bytes();
  if (found_.back().file_size_bytes > part.size_bytes()) {
    TIDEMILL_TRY(part.open(place_));
    TIDEMILL_TRY(part.file()->truncate(part.size_bytes()));
    TIDEMILL_TRY(part.file()->sync());
  }
  return {};
}

result<void> recovery_run::remove_segment_files(offset base) {
  for (const auto suffix : {offset_index_suffix, time_index_suffix, transaction_index_suffix}) {
    static_cast<void>(input_.disk.remove(segment_file_path(input_.directory, base, suffix)));
  }
  removed_files_ = true;
  const auto removed = input_.disk.remove(segment_file_path(input_.directory, base, log_suffix));
  return !removed && io::is_missing(removed.error()) ? result<void>{} : removed;
}

result<log_state> recovery_run::finish() {
  if (removed_files_) {
    // They must not come back among those that take their place.
    TIDEMILL_TRY(input_.disk.sync_directory(input_.directory));
  }
  log_state state{log_start_, log_end_, last_epoch_, {}};
  for (found_segment& one : found_) {
    one.part.release(place_);
    state.segments.push_back(one.part.state());
  }
  if (input_.observer != nullptr) {
    TIDEMILL_TRY(input_.observer->end_recovery(log_end_));
  }
  return state;
}

error_code recovery_run::corrupt_at(std::optional<offset> segment_base, std::uint64_t position,
                                    std::string found, std::string expected) {
  report_.damage = {segment_base, position, std::move(found), std::move(expected)};
  return errc::corrupt;
}

}  // namespace

result<log_state> recover(const recovery_input& input, recovery_report& report) {
  recovery_run run(input, report);
  return run.run();
}

}  // namespace tidemill::log
