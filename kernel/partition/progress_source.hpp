#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/unique_function.hpp"
#include "io/clock.hpp"

namespace tidemill::partition {

/// How far a consumer group has come in a partition.
struct group_progress {
  std::string group;
  /// The next record that it wants.
  offset committed{0};
  io::wall_time committed_at{};
  /// Members that it has at present, whatever they read.
  std::uint32_t member_count = 0;
};

/// What consumer groups have committed: a partition knows nothing of groups. Belongs to one shard;
/// its thread only.
class progress_source {
 public:
  using answer = std::optional<std::vector<group_progress>>;

  virtual ~progress_source() = default;
  /// Of the groups that have committed an offset in the partition; nothing when some of them are
  /// not known at present. Up to a second old. `answered` runs exactly once, at once or later.
  virtual void ask(const std::string& topic, partition_index partition,
                   unique_function<void(answer)> answered) = 0;
};

}  // namespace tidemill::partition
