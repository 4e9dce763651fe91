#pragma once

#include <chrono>
#include <cstdint>

namespace tidemill::log {

/// How one log behaves; made from the topic's settings (their names stand beside). Immutable once
/// shared, so that thousands of logs can point to one.
struct log_options {
  /// segment.bytes; at most segment_size_bytes_limit.
  std::uint64_t segment_size_bytes_max = std::uint64_t{1} << 30;
  /// segment.ms, less the jitter that the caller has drawn (segment.jitter.ms).
  std::chrono::milliseconds segment_age_max = std::chrono::hours(24 * 7);
  /// index.interval.bytes: an index entry is written when more than this lies behind the last one.
  std::uint32_t index_interval_bytes = 4096;
  /// segment.index.bytes: a full index makes the segment roll.
  std::uint32_t index_size_bytes_max = 10U << 20;
  /// Replicas of a compacted log have gaps between offsets; elsewhere a gap is damage.
  bool offsets_may_have_gaps = false;
  /// Written bytes after which write-back is worth starting (log::take_write_back()).
  std::uint32_t write_back_interval_bytes = 4U << 20;
  /// Unsynced bytes, or age of the oldest of them, after which a flush is due (log::flush_due()).
  std::uint64_t flush_size_bytes_max = std::uint64_t{64} << 20;
  std::chrono::milliseconds flush_age_max = std::chrono::seconds(10);
};

/// Positions in index files are 32-bit and signed.
inline constexpr std::uint64_t segment_size_bytes_limit = 0x7fff'ffff;

}  // namespace tidemill::log
