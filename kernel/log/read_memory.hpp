#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/ids.hpp"

namespace tidemill::log {

/// A batch found in a segment.
struct batch_place {
  std::uint64_t position = 0;
  offset base_offset{0};
};

/// Remembers where the last few appended batches stand, and where the last few reads ended, so that
/// consumers at the tail and consumers that read on need no index and no read of headers. A few
/// hundred bytes; belongs to a log in use.
class read_memory {
 public:
  void appended(offset segment_base, offset base, offset last, std::uint64_t position) noexcept {
    if (segment_base != tail_segment_) {
      tail_size_ = 0;
      tail_segment_ = segment_base;
    }
    tail_[tail_next_] = {base, last, position};
    tail_next_ = (tail_next_ + 1) % tail_.size();
    tail_size_ = tail_size_ == tail_.size() ? tail_size_ : tail_size_ + 1;
  }

  void read_ended(offset segment_base, offset at, std::uint64_t position) noexcept {
    for (const cursor& known : cursors_) {
      if (known.in_use && known.at == at) {
        return;
      }
    }
    cursors_[cursor_next_] = {segment_base, at, position, true};
    cursor_next_ = (cursor_next_ + 1) % cursors_.size();
  }

  /// The first batch of the segment that ends at or above `target`, if it is remembered.
  [[nodiscard]] std::optional<batch_place> find(offset segment_base, offset target) const noexcept {
    for (const cursor& known : cursors_) {
      if (known.in_use && known.at == target && known.segment_base == segment_base) {
        return batch_place{known.position, target};
      }
    }
    return segment_base == tail_segment_ ? find_in_tail(target) : std::nullopt;
  }

 private:
  struct tail_batch {
    offset base{0};
    offset last{0};
    std::uint64_t position = 0;
  };
  /// A batch starts at offset `at`, at `position`.
  struct cursor {
    offset segment_base{0};
    offset at{0};
    std::uint64_t position = 0;
    bool in_use = false;
  };

  [[nodiscard]] std::optional<batch_place> find_in_tail(offset target) const noexcept {
    std::optional<batch_place> found;
    for (std::size_t back = 1; back <= tail_size_; ++back) {
      const tail_batch& one = tail_[(tail_next_ + tail_.size() - back) % tail_.size()];
      if (one.last < target) {
        return found;
      }
      found = batch_place{one.position, one.base};
      if (one.base <= target) {
        return found;
      }
    }
    return std::nullopt;
  }

  std::array<tail_batch, 16> tail_{};
  std::size_t tail_next_ = 0;
  std::size_t tail_size_ = 0;
  offset tail_segment_{-1};
  std::array<cursor, 4> cursors_{};
  std::size_t cursor_next_ = 0;
};

}  // namespace tidemill::log
