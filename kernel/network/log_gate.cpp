#include "network/log_gate.hpp"

#include <algorithm>
#include <utility>

namespace tidemill::network {

bool log_gate::open(io::monotonic_time now, std::uint64_t& suppressed) noexcept {
  const auto intervals = (now - refilled_) / refill_interval;
  if (intervals > 0) {
    const auto gained = std::min<std::int64_t>(intervals, burst_max);
    tokens_ = std::min(burst_max, tokens_ + static_cast<std::uint32_t>(gained));
    refilled_ = now;
  }
  if (tokens_ == 0) {
    ++suppressed_;
    return false;
  }
  --tokens_;
  suppressed = std::exchange(suppressed_, 0);
  return true;
}

}  // namespace tidemill::network
