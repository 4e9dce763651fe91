#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/unique_function.hpp"
#include "io/clock.hpp"
#include "io/disk.hpp"
#include "log/retention_policy.hpp"
#include "partition/progress_source.hpp"

namespace tidemill::partition {

/// Everything that a retention extension may look at: one log, at one moment.
struct retention_question {
  shard_index shard{0};
  topic_id topic;
  std::string topic_name;
  partition_index partition{0};
  std::int32_t partition_count = 1;
  std::uint64_t settings_epoch = 0;

  io::wall_time now{};
  offset log_start{0};
  offset last_stable_offset{0};
  offset high_watermark{0};
  offset log_end{0};
  std::uint64_t size_bytes = 0;

  /// retention.ms, retention.bytes
  log::time_and_size_retention::limits limits;
  /// delete.retention.ms
  std::chrono::milliseconds delete_retention{0};
  /// Of the file system that the log lies on, where it was asked for.
  std::optional<io::disk_space> disk;
  /// Groups that have committed here, where it was asked for and is known.
  progress_source::answer groups;
  /// Oldest first; the last one is active.
  std::vector<log::segment_facts> segments;
};

/// One vote for each segment of the question, or none: everything is kept.
using retention_votes = std::vector<log::retention_vote>;

/// Decides in place of retention.ms and retention.bytes (topic setting tidemill.retention). The
/// seam to which retention extensions attach. Whatever is voted, the log removes only a prefix of
/// whole segments below the last stable offset. Called on the shard's thread, must not block, may
/// answer later, on that thread.
class retention_extension {
 public:
  virtual ~retention_extension() = default;
  /// Whether the question should say how full the disk is.
  [[nodiscard]] virtual bool needs_disk(shard_index shard) const noexcept = 0;
  /// Whether it should say what consumer groups have committed.
  [[nodiscard]] virtual bool needs_groups(shard_index shard) const noexcept = 0;
  /// `answered` runs exactly once, at once or later.
  virtual void ask(retention_question question,
                   unique_function<void(retention_votes)> answered) = 0;
};

}  // namespace tidemill::partition
