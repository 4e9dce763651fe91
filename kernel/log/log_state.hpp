#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/ids.hpp"

namespace tidemill::log {

/// What is known of a segment without touching its files.
struct segment_state {
  offset base_offset{0};
  std::uint64_t size_bytes = 0;
  /// Latest timestamp of its batches and the last offset of the batch that bears it.
  std::int64_t max_timestamp_ms = -1;
  offset max_timestamp_offset{0};
  /// Largest timestamp of its first batch: what its age counts from (segment.ms).
  std::int64_t first_timestamp_ms = -1;
  /// Wall clock at its creation and at its last write.
  std::int64_t created_ms = 0;
  std::int64_t written_ms = 0;

  friend bool operator==(const segment_state&, const segment_state&) = default;
};

/// A cleanly closed log: enough to open it again without touching its directory.
struct log_state {
  offset log_start{0};
  /// Also the recovery point.
  offset log_end{0};
  std::optional<leader_epoch> last_epoch;
  std::vector<segment_state> segments;
  /// How many aborted transactions the files beside the log tell of: a file that is missing is
  /// noticed. Set by whoever watches the log.
  std::uint64_t aborted_transactions = 0;

  friend bool operator==(const log_state&, const log_state&) = default;
};

}  // namespace tidemill::log
