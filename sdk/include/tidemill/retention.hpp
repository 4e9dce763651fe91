#pragma once

#include <cstdint>
#include <span>

#include "tidemill/life.hpp"
#include "tidemill/retention.h"

namespace tidemill::sdk {

/// Kafka's rules, as a part of other policies: from the oldest segment on, up to the first that
/// stays, a segment goes when its newest record is older than retention_ms, when the log without it
/// still holds retention_bytes, or when it lies below the log start offset. Local copies of tiered
/// segments go by the local limits.
inline void vote_by_time_and_size(const tidemill_log& log, std::span<std::uint8_t> votes) noexcept {
  const auto exceeds = [&log](std::uint32_t segment, std::int64_t remaining_bytes,
                              std::int64_t age_max_ms, std::int64_t size_bytes_max) {
    return (age_max_ms >= 0 && log.now_ms - log.newest_timestamps_ms[segment] > age_max_ms) ||
           (size_bytes_max >= 0 && remaining_bytes - log.sizes_bytes[segment] >= size_bytes_max);
  };
  std::int64_t remaining = log.size_bytes;
  bool whole = true;
  for (std::uint32_t i = 0; i < log.segment_count; ++i) {
    const bool below_start = log.end_offsets[i] <= log.log_start_offset;
    whole = whole && (below_start || exceeds(i, remaining, log.retention_ms, log.retention_bytes));
    if (whole) {
      votes[i] = TIDEMILL_REMOVE;
    } else if ((log.segment_flags[i] & TIDEMILL_SEGMENT_TIERED) != 0 &&
               exceeds(i, remaining, log.local_retention_ms, log.local_retention_bytes)) {
      votes[i] = TIDEMILL_REMOVE_LOCAL;
    } else {
      return;
    }
    remaining -= log.sizes_bytes[i];
  }
}

/// A class decides on retention if it, or its `shard`, has
///   vote(const tidemill_log&, std::span<std::uint8_t> votes) -> void or outcome
/// with one vote for each segment, TIDEMILL_KEEP before the call. What costs something to find out
/// is asked for by `static constexpr std::uint32_t needs = TIDEMILL_FACT_...`.
template <class Plugin>
concept retention = requires(called_t<Plugin>& target, const tidemill_log& log,
                             std::span<std::uint8_t> votes) { target.vote(log, votes); };

template <retention Plugin>
struct retention_table {
  static tidemill_status vote(tidemill_shard* shard, const tidemill_log* log, std::uint8_t* votes,
                              tidemill_error* why) noexcept {
    return guarded(why, [&] {
      return target<Plugin>(shard).vote(*log, std::span(votes, log->segment_count));
    });
  }

  static constexpr tidemill_retention value = {
      .struct_size = sizeof(tidemill_retention),
      .flags = flags_of<Plugin>(false),
      .needs = needs_of<Plugin>(0),
      .reserved = 0,
      .vote = vote,
  };
};

}  // namespace tidemill::sdk
