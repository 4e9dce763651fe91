#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

#include "io/clock.hpp"

namespace tidemill::network {

/// How fast connections may come: so many a second, with one second's worth at once after a pause
/// (Kafka's max.connection.creation.rate). Pure; one thread.
class connection_rate {
 public:
  /// 0: as fast as they like.
  explicit connection_rate(std::size_t per_second_max = 0) noexcept { change(per_second_max); }

  void change(std::size_t per_second_max) noexcept {
    interval_ = per_second_max == 0
                    ? std::chrono::nanoseconds{0}
                    : std::chrono::nanoseconds{burst_span} /
                          static_cast<std::chrono::nanoseconds::rep>(per_second_max);
  }
  /// How long the next connection has to wait; zero when it may be taken now.
  [[nodiscard]] std::chrono::nanoseconds wait(io::monotonic_time now) const noexcept {
    if (interval_.count() == 0) {
      return interval_;
    }
    return std::max(std::chrono::nanoseconds{0}, paid_until_ + interval_ - burst_span - now);
  }
  /// What came before matters no more.
  [[nodiscard]] bool is_rested(io::monotonic_time now) const noexcept { return paid_until_ <= now; }
  void take(io::monotonic_time now) noexcept {
    paid_until_ = std::max(paid_until_, now) + interval_;
  }

 private:
  static constexpr std::chrono::seconds burst_span{1};

  std::chrono::nanoseconds interval_{};  // between two connections
  io::monotonic_time paid_until_{};
};

}  // namespace tidemill::network
