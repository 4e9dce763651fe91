#pragma once

#include <cstdint>
#include <optional>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "log/options.hpp"
#include "log/recovery_report.hpp"
#include "log/segment.hpp"

namespace tidemill::log {

/// Judges what lies below the recovery point of one log. It was durable, so it is not read again:
/// indexes say where to begin, headers must lead from there to where the segment has to end.
/// Indexes that do not fit are made anew; what is damaged is noted in the report. Blocks.
class durable_check {
 public:
  durable_check(const segment_place& place, const log_options& options, offset recovery_point,
                recovery_report& report) noexcept
      : place_(place), options_(options), recovery_point_(recovery_point), report_(report) {}

  /// A segment that ends at or below the recovery point: its last batches must lead up to the next
  /// one. errc::corrupt when they do not.
  [[nodiscard]] result<void> check_sealed(segment& part, offset next_base);

  /// The segment that holds the recovery point: brings its indexes and state up to there, and
  /// answers the offset that has been reached. `part` then ends there, though its file may go on.
  [[nodiscard]] result<offset> walk_to_recovery_point(segment& part);

  /// Of the last batch that was looked at.
  [[nodiscard]] std::optional<leader_epoch> last_epoch() const noexcept { return last_epoch_; }

 private:
  [[nodiscard]] result<void> try_check_sealed(segment& part, std::uint64_t size, offset next_base);
  [[nodiscard]] result<offset> try_walk(segment& part, const segment_state& found,
                                        bool trust_index);
  [[nodiscard]] result<segment_state> trusted_part(segment& part, std::uint64_t size);
  [[nodiscard]] result<std::uint64_t> trusted_start(segment& part);
  [[nodiscard]] result<void> check_last_batch(segment& part, std::uint64_t position,
                                              std::uint64_t end, offset base);
  [[nodiscard]] error_code corrupt_at(const segment& part, std::uint64_t position,
                                      std::string found, std::string expected);

  segment_place place_;
  const log_options& options_;
  offset recovery_point_;
  recovery_report& report_;
  std::optional<leader_epoch> last_epoch_;
};

}  // namespace tidemill::log
