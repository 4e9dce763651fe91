#pragma once

#include <cstdint>
#include <span>

#include "tidemill/life.hpp"
#include "tidemill/retention.h"

namespace tidemill::sdk {

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
