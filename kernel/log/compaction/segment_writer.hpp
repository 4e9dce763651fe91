#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "io/disk.hpp"
#include "log/log_state.hpp"
#include "log/offset_index.hpp"
#include "log/time_index.hpp"
#include "record/batch_view.hpp"

namespace tidemill::log {

/// Writes a segment beside the log, under names that end in ".cleaned": batches and both indexes,
/// as appends would have made them. Blocks; one thread at a time.
class segment_writer {
 public:
  segment_writer(io::disk& disk, std::string directory, std::uint32_t index_interval_bytes)
      : disk_(disk),
        directory_(std::move(directory)),
        index_interval_bytes_(index_interval_bytes) {}

  /// Begins the segment; an older file of that name goes. `origin` gives base offset and times of
  /// creation.
  [[nodiscard]] result<void> begin(const segment_state& origin);
  /// Adds a whole batch. errc::batch_too_large when the segment would grow beyond what its index
  /// can name.
  [[nodiscard]] result<void> add(bytes_view batch);
  /// Makes all of it durable, but for the names.
  [[nodiscard]] result<void> finish();
  /// Removes the files.
  void discard() noexcept;

  [[nodiscard]] const segment_state& state() const noexcept { return state_; }
  [[nodiscard]] segment_state& state() noexcept { return state_; }

 private:
  void index(const record::batch_view& batch);
  [[nodiscard]] result<void> spill();
  [[nodiscard]] result<void> spill_indexes();
  [[nodiscard]] std::string path_of(std::string_view suffix) const;

  io::disk& disk_;
  std::string directory_;
  std::uint32_t index_interval_bytes_;
  segment_state state_;
  std::unique_ptr<io::file> file_;
  offset_index offsets_;
  time_index times_;
  std::uint64_t bytes_since_entry_ = 0;
  /// Of state_.size_bytes, the last part that is not written yet.
  byte_buffer waiting_;
};

}  // namespace tidemill::log
