#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "io/disk.hpp"
#include "log/recovery_report.hpp"
#include "record/batch_view.hpp"

namespace tidemill::log {

/// What a walk came to.
enum class walk_step { batch, end };

/// Goes from batch header to batch header of a segment file without reading what lies between.
/// Trusts nothing: lengths must fit, offsets must rise. One thread.
class header_walk {
 public:
  /// From a batch boundary at `position` to `end`; the first batch starts at `lowest` or above.
  header_walk(const io::file& file, std::uint64_t position, std::uint64_t end,
              offset lowest) noexcept
      : file_(file), next_(position), end_(end), lowest_(lowest) {}

  /// Loads the next header. errc::corrupt when no batch stands there: then
  /// position() is where.
  [[nodiscard]] result<walk_step> next();

  /// Where the batch that was loaded starts, and where the one after it.
  [[nodiscard]] std::uint64_t position() const noexcept { return position_; }
  [[nodiscard]] std::uint64_t end_position() const noexcept { return next_; }
  [[nodiscard]] std::uint64_t size_bytes() const noexcept { return next_ - position_; }
  /// The loaded header, good until the next call; the records are not there.
  [[nodiscard]] record::batch_view header() const noexcept;

 private:
  [[nodiscard]] result<void> fill(std::uint64_t position);

  const io::file& file_;
  std::uint64_t position_ = 0;
  std::uint64_t next_;
  std::uint64_t end_;
  offset lowest_;
  std::uint64_t buffer_begin_ = 0;
  std::size_t buffer_size_ = 0;
  std::array<std::byte, 2048> buffer_;
};

/// Reads all batches of a segment file whole, and checks each checksum. One thread.
class batch_scan {
 public:
  struct rules {
    /// Offset that the first batch has, or at least has where gaps are allowed.
    offset expected{0};
    bool gaps_allowed = false;
  };

  batch_scan(const io::file& file, std::uint64_t position, std::uint64_t end,
             const rules& expectations);

  /// Loads the next batch. `end` also at the first bad batch: flaw() tells which, and
  /// position() where. Errors are those of the disk.
  [[nodiscard]] result<walk_step> next();

  [[nodiscard]] record::batch_view batch() const noexcept {
    return record::batch_view(bytes_view(buffer_).subspan(batch_begin_, batch_size_));
  }
  /// Of the batch that was loaded, or of the flaw.
  [[nodiscard]] std::uint64_t position() const noexcept { return position_; }
  [[nodiscard]] std::uint64_t end_position() const noexcept { return next_; }
  /// What the next batch must start at.
  [[nodiscard]] offset expected() const noexcept { return rules_.expected; }
  [[nodiscard]] recovery_report::cut_reason flaw() const noexcept { return flaw_; }

 private:
  [[nodiscard]] result<void> ensure(std::size_t size_bytes, bool& there);
  [[nodiscard]] walk_step stop(recovery_report::cut_reason why) noexcept;

  const io::file& file_;
  std::uint64_t position_ = 0;
  std::uint64_t next_;
  std::uint64_t end_;
  rules rules_;
  recovery_report::cut_reason flaw_ = recovery_report::cut_reason::none;
  /// File bytes from buffer_position_ on.
  byte_buffer buffer_;
  std::uint64_t buffer_position_;
  std::size_t batch_begin_ = 0;
  std::size_t batch_size_ = 0;
};

}  // namespace tidemill::log
