#include "log/compaction/segment_writer.hpp"

#include "log/errc.hpp"
#include "log/file_names.hpp"
#include "log/options.hpp"
#include "log/segment.hpp"

namespace tidemill::log {
namespace {

constexpr std::size_t written_at_once = std::size_t{1} << 20;
constexpr std::string_view suffixes[] = {log_suffix, offset_index_suffix, time_index_suffix};

}  // namespace

std::string segment_writer::path_of(std::string_view suffix) const {
  return segment_file_path(directory_, state_.base_offset, suffix) + std::string(cleaned_suffix);
}

result<void> segment_writer::begin(const segment_state& origin) {
  state_ = {.base_offset = origin.base_offset, .size_bytes = 0};
  state_.max_timestamp_offset = origin.base_offset;
  state_.created_ms = origin.created_ms;
  state_.written_ms = origin.written_ms;
  offsets_ = {};
  times_ = {};
  bytes_since_entry_ = 0;
  waiting_.clear();
  for (const std::string_view suffix : suffixes) {
    auto removed = disk_.remove(path_of(suffix));
    if (!removed && !io::is_missing(removed.error())) {
      return removed;
    }
  }
  TIDEMILL_TRY_ASSIGN(made, disk_.open(path_of(log_suffix), io::open_mode::create_new));
  file_ = std::move(made);
  TIDEMILL_TRY(offsets_.open(disk_, path_of(offset_index_suffix)));
  return times_.open(disk_, path_of(time_index_suffix));
}

result<void> segment_writer::add(bytes_view batch) {
  if (state_.size_bytes + batch.size() > segment_size_bytes_limit) {
    return errc::batch_too_large;
  }
  const record::batch_view view(batch);
  widen(state_, view);
  index(view);
  waiting_.insert(waiting_.end(), batch.begin(), batch.end());
  state_.size_bytes += batch.size();
  return waiting_.size() >= written_at_once ? spill() : result<void>{};
}

void segment_writer::index(const record::batch_view& batch) {
  if (bytes_since_entry_ > index_interval_bytes_) {
    bytes_since_entry_ = 0;
    const auto relative = [this](offset at) {
      return static_cast<std::uint32_t>((at - state_.base_offset).value());
    };
    offsets_.push({relative(batch.last_offset()), static_cast<std::uint32_t>(state_.size_bytes)});
    static_cast<void>(
        times_.push_if_later({state_.max_timestamp_ms, relative(state_.max_timestamp_offset)}));
  }
  bytes_since_entry_ += batch.size();
}

result<void> segment_writer::spill() {
  if (!waiting_.empty()) {
    const std::uint64_t position = state_.size_bytes - waiting_.size();
    TIDEMILL_TRY(file_->write_at(position, waiting_));
    // Little by little, so that the sync at the end has little left to do.
    file_->start_write_back(position, waiting_.size());
    waiting_.clear();
  }
  return offsets_.spill_due() || times_.spill_due() ? spill_indexes() : result<void>{};
}

result<void> segment_writer::spill_indexes() {
  TIDEMILL_TRY(offsets_.spill(disk_, path_of(offset_index_suffix)));
  return times_.spill(disk_, path_of(time_index_suffix));
}

result<void> segment_writer::finish() {
  TIDEMILL_TRY(spill());
  if (state_.max_timestamp_ms >= 0) {
    const auto relative = (state_.max_timestamp_offset - state_.base_offset).value();
    TIDEMILL_TRY(
        times_.push_if_later({state_.max_timestamp_ms, static_cast<std::uint32_t>(relative)}));
  }
  TIDEMILL_TRY(spill_indexes());
  TIDEMILL_TRY(offsets_.sync());
  TIDEMILL_TRY(times_.sync());
  TIDEMILL_TRY(file_->sync());
  file_.reset();
  return {};
}

void segment_writer::discard() noexcept {
  file_.reset();
  for (const std::string_view suffix : suffixes) {
    static_cast<void>(disk_.remove(path_of(suffix)));  // else the next opening of the log does
  }
}

}  // namespace tidemill::log
