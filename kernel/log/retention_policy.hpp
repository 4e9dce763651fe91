#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/ids.hpp"
#include "io/clock.hpp"

namespace tidemill::log {

/// What a policy sees of one segment, oldest first.
struct segment_facts {
  offset base_offset{0};
  /// The offset after its last record.
  offset end_offset{0};
  std::uint64_t size_bytes = 0;
  /// Latest timestamp of its records, or of its last write when they bear none.
  io::wall_time newest{};
  /// Timestamp of its first batch; nullopt where it bears none.
  std::optional<io::wall_time> first = {};
  bool is_active = false;
};

/// What it sees of the log around the segment.
struct log_facts {
  io::wall_time now{};
  /// Bytes of this segment and all after it: what stays if every older one goes.
  std::uint64_t remaining_size_bytes = 0;
};

enum class retention_vote { keep, remove };

/// Decides how long records live. Votes segment by segment from the oldest on; the log asks until
/// the first `keep`. Whatever it says, the log removes only a prefix of whole segments below the
/// high watermark, and the active one only after rolling it. The seam to which retention extensions
/// attach; owner's thread, must not block.
class retention_policy {
 public:
  virtual ~retention_policy() = default;
  [[nodiscard]] virtual retention_vote vote(const segment_facts& segment, const log_facts& log) = 0;
};

/// The null object: nothing expires. Also what a failing extension is replaced by.
class keep_everything final : public retention_policy {
 public:
  [[nodiscard]] retention_vote vote(const segment_facts&, const log_facts&) override {
    return retention_vote::keep;
  }
};

/// Kafka's rules: a segment goes when its newest record is older than retention.ms, or when what
/// stays without it still holds retention.bytes.
class time_and_size_retention final : public retention_policy {
 public:
  struct limits {
    /// retention.ms; nullopt for no limit (-1).
    std::optional<std::chrono::milliseconds> age_max;
    /// retention.bytes; nullopt for no limit (-1).
    std::optional<std::uint64_t> size_bytes_max;
  };

  explicit time_and_size_retention(const limits& bounds) noexcept : bounds_(bounds) {}

  [[nodiscard]] retention_vote vote(const segment_facts& segment, const log_facts& log) override;

 private:
  limits bounds_;
};

/// What was decided beforehand about the whole log, by somebody who has seen all of its segments at
/// one moment. What has come or changed since then is kept.
class decided_retention final : public retention_policy {
 public:
  /// A vote for each segment.
  decided_retention(std::vector<segment_facts> segments, std::vector<retention_vote> votes);

  [[nodiscard]] retention_vote vote(const segment_facts& segment, const log_facts& log) override;

 private:
  std::vector<segment_facts> segments_;
  std::vector<retention_vote> votes_;
};

}  // namespace tidemill::log
