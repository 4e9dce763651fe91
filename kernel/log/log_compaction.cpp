// How a compacted segment takes its place in a log.
#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "log/file_names.hpp"
#include "log/log.hpp"
#include "log/read_memory.hpp"
#include "log/segment.hpp"

namespace tidemill::log {

/// The index of the first of them. All are sealed and durable, as they were when they were read.
result<std::size_t> log::find_replaced(const cleaned_segment& made) const {
  const auto& old = made.replaces;
  TIDEMILL_ASSERT(!old.empty());
  const auto found = std::find_if(segments_.begin(), segments_.end(), [&](const segment& one) {
    return one.base_offset() == old.front().state.base_offset;
  });
  const auto first = static_cast<std::size_t>(found - segments_.begin());
  if (first + old.size() >= segments_.size()) {
    return errc::overtaken;  // gone, or the active one is among them
  }
  for (std::size_t index = 0; index < old.size(); ++index) {
    const segment& here = segments_[first + index];
    if (here.state() != old[index].state || here.was_cut() ||
        segment_end(first + index) != old[index].end || old[index].end > recovery_point()) {
      return errc::overtaken;
    }
  }
  return first;
}

result<deletion_job> log::replace(const cleaned_segment& made) {
  TIDEMILL_TRY(check_writable());
  TIDEMILL_TRY_ASSIGN(first, find_replaced(made));
  deletion_job job = new_deletion();
  const std::string cleaned = segment_file_path(directory_, made.state.base_offset, log_suffix);
  TIDEMILL_TRY(context_.disk.rename(cleaned + std::string(cleaned_suffix),
                                    cleaned + std::string(swap_suffix)));
  ++directory_changes_;
  ++replacements_;
  was_compacted_ = true;
  dirty_ = true;
  job.sync_first(directory_);
  if (auto exchanged = exchange_files(made, first, job); !exchanged) {
    poisoned_ = true;  // opening it again goes on from here
    return exchanged.error();
  }
  for (const source_segment& each : made.replaces) {
    size_bytes_ -= each.state.size_bytes;
  }
  size_bytes_ += made.state.size_bytes;
  segment fresh(made.state);
  fresh.begin_at(segments_[first].begun_at());
  const auto begin = segments_.begin() + static_cast<std::ptrdiff_t>(first);
  *begin = std::move(fresh);
  segments_.erase(begin + 1, begin + static_cast<std::ptrdiff_t>(made.replaces.size()));
  memory_.reset();
  if (observer_ != nullptr) {
    observer_->compacted(made.state.base_offset, made.replaces.back().end, made.aborted);
  }
  return job;
}

/// The old files get names that no other removal uses, for readers may hold them for long, and the
/// new segment may be replaced or removed before they let go.
result<void> log::exchange_files(const cleaned_segment& made, std::size_t first,
                                 deletion_job& job) {
  const std::string mark = '.' + std::to_string(replacements_) + std::string(deleted_suffix);
  for (std::size_t index = first; index < first + made.replaces.size(); ++index) {
    segment& old = segments_[index];
    const auto path = segment_file_path(directory_, old.base_offset(), log_suffix);
    TIDEMILL_TRY(context_.disk.rename(path, path + mark));
    old.drop_files();
    job.add_file(path + mark, false, old.readers());
    for (const auto suffix : {offset_index_suffix, time_index_suffix}) {
      auto gone = context_.disk.remove(segment_file_path(directory_, old.base_offset(), suffix));
      if (!gone && !io::is_missing(gone.error())) {
        return gone;
      }
    }
  }
  const offset base = made.state.base_offset;
  for (const auto suffix : {offset_index_suffix, time_index_suffix}) {
    const auto path = segment_file_path(directory_, base, suffix);
    auto renamed = context_.disk.rename(path + std::string(cleaned_suffix), path);
    if (!renamed && !io::is_missing(renamed.error())) {
      return renamed;
    }
  }
  const auto path = segment_file_path(directory_, base, log_suffix);
  return context_.disk.rename(path + std::string(swap_suffix), path);
}

}  // namespace tidemill::log
