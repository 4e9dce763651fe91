#pragma once

#include <cstdint>

#include "io/clock.hpp"

namespace tidemill::network {

/// Keeps a flood of bad peers from becoming a flood of log lines: a burst, then a steady trickle
/// (S16). Pure; one thread.
class log_gate {
 public:
  /// True when a line may be written now. `suppressed` then is the number of lines that were not
  /// written since the last one that was.
  [[nodiscard]] bool open(io::monotonic_time now, std::uint64_t& suppressed) noexcept;

 private:
  static constexpr std::uint32_t burst_max = 20;
  static constexpr std::chrono::milliseconds refill_interval{200};

  std::uint32_t tokens_ = burst_max;
  io::monotonic_time refilled_{};
  std::uint64_t suppressed_ = 0;
};

}  // namespace tidemill::network
