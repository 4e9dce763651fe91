#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/ids.hpp"
#include "log/compaction/batch_filter.hpp"
#include "log/compaction/cleaned_segment.hpp"
#include "log/producer_state.hpp"
#include "log/retention_policy.hpp"

namespace tidemill::log {

/// When a log is compacted; the names of the topic's settings stand beside.
struct compaction_policy {
  /// min.cleanable.dirty.ratio
  double dirty_ratio_min = 0.5;
  /// min.compaction.lag.ms, max.compaction.lag.ms; nullopt: any time.
  std::chrono::milliseconds lag_min{0};
  std::optional<std::chrono::milliseconds> lag_max;
  /// delete.retention.ms
  std::chrono::milliseconds delete_retention = std::chrono::hours(24);

  friend bool operator==(const compaction_policy&, const compaction_policy&) = default;
};

/// What could be compacted of a log now.
struct compaction_plan {
  /// From the log start on, up to where nothing may be cleaned yet.
  std::vector<source_segment> sources;
  offset first_dirty{0};
  std::uint64_t clean_bytes = 0;
  std::uint64_t dirty_bytes = 0;
  /// Something is older than max.compaction.lag.ms allows.
  bool is_overdue = false;

  [[nodiscard]] double dirty_ratio() const noexcept {
    return dirty_bytes == 0
               ? 0
               : static_cast<double>(dirty_bytes) / static_cast<double>(clean_bytes + dirty_bytes);
  }
  [[nodiscard]] bool is_due(const compaction_policy& policy) const noexcept {
    return dirty_bytes > 0 && (is_overdue || dirty_ratio() > policy.dirty_ratio_min);
  }
};

/// What compaction has to know of the producers of a log that is durable below `durable_end`.
[[nodiscard]] last_batches last_batches_of(const producer_states& producers, offset durable_end);

/// `segments` are all of the log, the last one active. Nothing at or above `bound` (the last stable
/// offset, the recovery point) is taken, nor the active segment, nor what is younger than
/// compaction_policy::lag_min. `cleaned_to`: where the last pass ended, if there was one. Pure.
[[nodiscard]] compaction_plan plan_compaction(const std::vector<segment_state>& segments,
                                              offset log_start, offset bound,
                                              std::optional<offset> cleaned_to,
                                              const compaction_policy& policy, std::int64_t now_ms);

}  // namespace tidemill::log
