#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "io/clock.hpp"
#include "io/disk.hpp"
#include "log/log_state.hpp"
#include "log/offset_index.hpp"
#include "log/time_index.hpp"
#include "record/batch_view.hpp"

namespace tidemill::log {

/// Where the files of a log are; borrowed.
struct segment_place {
  io::disk& disk;
  const std::string& directory;
};

/// What a segment will be when batches have been added to it, as far as the decision to roll goes
/// by it: before anything is written.
struct segment_outlook {
  segment_state state;
  /// Of the larger index; never too small.
  std::uint64_t index_size_bytes = 0;
  std::uint32_t bytes_since_entry = 0;

  void add(const record::batch_view& batch, std::uint32_t index_interval_bytes) noexcept;
};

/// Takes note of a batch's timestamps; the batch is not counted in the size yet.
void widen(segment_state& state, const record::batch_view& batch) noexcept;

/// One .log file and its indexes. What is known of it stays in memory; files are opened when they
/// are needed and may be released at any time. Owner's thread.
class segment {
 public:
  explicit segment(const segment_state& state) noexcept : state_(state) {}

  [[nodiscard]] const segment_state& state() const noexcept { return state_; }
  [[nodiscard]] offset base_offset() const noexcept { return state_.base_offset; }
  [[nodiscard]] std::uint64_t size_bytes() const noexcept { return state_.size_bytes; }

  /// Makes the .log file; fails when there is one, for nobody knows what is in it. Indexes of that
  /// name go.
  [[nodiscard]] result<void> create(const segment_place& place);
  /// Opens the .log file if it is not. corrupt when it is shorter than it should be; what is
  /// too much (of an append that was never acknowledged) is cut.
  [[nodiscard]] result<void> open(const segment_place& place);
  [[nodiscard]] bool is_open() const noexcept { return files_ != nullptr; }
  /// Writes pending index entries if that works, and closes. Slices keep the file for themselves.
  void release(const segment_place& place) noexcept;
  /// Closes without writing anything.
  void drop_files() noexcept { files_.reset(); }

  /// open() has been called.
  [[nodiscard]] const std::shared_ptr<io::file>& file() const noexcept { return files_->log; }
  /// Alive as long as anybody holds the file.
  [[nodiscard]] std::weak_ptr<const io::file> readers() const noexcept { return file_; }

  /// When it was made by this process; not known (long ago) of one that was found.
  [[nodiscard]] io::monotonic_time begun_at() const noexcept { return begun_at_; }
  void begin_at(io::monotonic_time now) noexcept { begun_at_ = now; }

  /// The file was cut: until it is synced a crash may bring back what was there. True once.
  [[nodiscard]] bool take_cut() noexcept { return std::exchange(cut_, false); }
  [[nodiscard]] bool was_cut() const noexcept { return cut_; }

  /// The indexes, opened. The segment is open.
  [[nodiscard]] result<offset_index*> offsets(const segment_place& place);
  [[nodiscard]] result<time_index*> times(const segment_place& place);
  /// Sizes of the indexes, for the decision to roll; 0 while they were not used.
  [[nodiscard]] std::uint64_t index_size_bytes_max() const noexcept;
  /// The segment as it is; it is open.
  [[nodiscard]] segment_outlook outlook() const noexcept {
    return {state_, index_size_bytes_max(), files_->bytes_since_entry};
  }

  /// Writes behind the end, without moving it. The segment is open.
  [[nodiscard]] result<void> write(std::span<const bytes_view> pieces) {
    return files_->log->write_at(state_.size_bytes, pieces);
  }
  /// A batch now stands at the end: moves the end and indexes it. Needs no more of the batch than
  /// its header. `now_ms` is wall time.
  void note_batch(const segment_place& place, const record::batch_view& batch,
                  std::uint32_t index_interval_bytes, std::int64_t now_ms);
  /// Completes the indexes for good, or until the next batch: the last time index entry, all
  /// entries in the files, and the files there.
  [[nodiscard]] result<void> complete_indexes(const segment_place& place);
  /// Writes out index entries once there are enough; what fails is tried again later.
  void spill_indexes(const segment_place& place);

  /// Forgets what follows `kept`, in memory and in the indexes, but leaves the .log file: recovery
  /// then finds out anew what is there.
  [[nodiscard]] result<void> rewind(const segment_place& place, const segment_state& kept);
  /// Cuts file and indexes. `kept` is what is known of the rest.
  [[nodiscard]] result<void> truncate(const segment_place& place, const segment_state& kept);
  /// Makes both indexes anew from the batches' headers. corrupt when those are damaged, and then
  /// `position` says where.
  [[nodiscard]] result<void> rebuild_indexes(const segment_place& place,
                                             std::uint32_t index_interval_bytes,
                                             std::uint64_t& position);

 private:
  struct open_files {
    std::shared_ptr<io::file> log;
    offset_index offsets;
    time_index times;
    std::uint32_t bytes_since_entry = 0;
  };

  [[nodiscard]] std::uint32_t relative(offset absolute) const noexcept {
    return static_cast<std::uint32_t>((absolute - state_.base_offset).value());
  }
  void index_batch(const segment_place& place, const record::batch_view& batch,
                   std::uint64_t position, std::uint32_t index_interval_bytes);

  segment_state state_;
  std::unique_ptr<open_files> files_;
  /// Lets a file that slices still hold be found again, so that one segment never has two.
  std::weak_ptr<io::file> file_;
  io::monotonic_time begun_at_{};
  bool cut_ = false;
};

}  // namespace tidemill::log
