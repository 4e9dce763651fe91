#pragma once

#include <cstdint>

#include "extension/breaker.hpp"
#include "extension/call_durations.hpp"

namespace tidemill::extension {

/// What calls of one kind on one shard have come to since the start.
struct call_figures {
  std::uint64_t calls = 0;
  std::uint64_t records = 0;
  std::uint64_t nanoseconds = 0;
  call_durations durations;
  /// Faults: the plugin failed; it took too long; its answer was out of range.
  std::uint64_t errors = 0;
  std::uint64_t overruns = 0;
  std::uint64_t out_of_range = 0;
  /// Calls that were not made: the breaker was open, or there was nothing to call.
  std::uint64_t spared = 0;
  /// Records that were refused, or found to be in another partition than they belong to.
  std::uint64_t objections = 0;
  std::uint64_t breaker_openings = 0;
  breaker::state breaker_state = breaker::state::closed;
};

}  // namespace tidemill::extension
