#pragma once

#include <cstdint>
#include <limits>
#include <memory>

#include "base/ids.hpp"
#include "io/disk.hpp"

namespace tidemill::log {

/// What a read may answer with.
struct read_bounds {
  /// Bytes of whole batches, at most.
  std::uint64_t size_bytes_max = std::numeric_limits<std::uint64_t>::max();
  /// No batch that reaches this offset or lies above: the high watermark or last stable offset.
  offset limit{std::numeric_limits<std::int64_t>::max()};
  /// Answer with the first batch even when it alone is larger than size_bytes_max.
  bool minimum_one_batch = true;
};

/// A part of a segment file: whole batches, the first of which contains the offset asked for.
/// Nothing is copied; send it with sendfile or read it with file->read_at(position, ...).
struct read_slice {
  /// Shared with the log: whoever holds a slice keeps the bytes readable, though the segment is
  /// deleted meanwhile. May be read from any thread. nullptr when size_bytes is 0.
  std::shared_ptr<const io::file> file;
  std::uint64_t position = 0;
  std::uint64_t size_bytes = 0;
  /// Base offset of the first batch; the offset asked for when the slice is empty.
  offset first_batch{0};
  /// Where to read on: every offset in [asked for, end) that exists is in the slice.
  offset end{0};

  [[nodiscard]] bool empty() const noexcept { return size_bytes == 0; }
};

}  // namespace tidemill::log
