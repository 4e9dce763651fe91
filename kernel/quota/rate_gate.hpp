#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>

#include "io/clock.hpp"

namespace tidemill::quota {

/// So many units a second on average, with one second's worth at once after a pause (the generic
/// cell rate algorithm). What has been taken is charged afterwards, however much it was: whoever is
/// in debt waits until it is paid. Any thread.
class rate_gate {
 public:
  /// Whoever takes more at once than can be paid in that time has taken it, but does not wait for
  /// ever.
  static constexpr std::chrono::nanoseconds debt_max_default = std::chrono::hours(1);

  /// `units_per_second` > 0.
  explicit rate_gate(double units_per_second,
                     std::chrono::nanoseconds debt_max = debt_max_default) noexcept
      : nanoseconds_per_unit_(1e9 / units_per_second), debt_max_(burst + debt_max.count()) {}

  /// What is owed are units: they are paid at the new rate.
  void change(double units_per_second, io::monotonic_time now) noexcept {
    const double next = 1e9 / units_per_second;
    const double before = nanoseconds_per_unit_.exchange(next, std::memory_order_relaxed);
    if (before == next) {
      return;
    }
    const std::int64_t at = in_nanoseconds(now);
    std::int64_t paid = paid_until_.load(std::memory_order_relaxed);
    std::int64_t then = 0;
    do {
      if (paid <= at) {
        return;
      }
      const double owed = static_cast<double>(paid - at) * (next / before);
      then = at + static_cast<std::int64_t>(std::min(owed, static_cast<double>(debt_max_)));
    } while (!paid_until_.compare_exchange_weak(paid, then, std::memory_order_relaxed));
  }
  /// Returns how long whoever has taken them waits; zero: not at all.
  std::chrono::nanoseconds charge(double units, io::monotonic_time now) noexcept {
    const auto cost = static_cast<std::int64_t>(
        std::min(units * nanoseconds_per_unit_.load(std::memory_order_relaxed),
                 static_cast<double>(debt_max_)));
    const std::int64_t at = in_nanoseconds(now);
    std::int64_t paid = paid_until_.load(std::memory_order_relaxed);
    std::int64_t next = 0;
    do {
      next = std::min(std::max(paid, at) + cost, at + debt_max_);
    } while (!paid_until_.compare_exchange_weak(paid, next, std::memory_order_relaxed));
    return wait_of(next, at);
  }
  /// The same without taking anything.
  [[nodiscard]] std::chrono::nanoseconds wait(io::monotonic_time now) const noexcept {
    return wait_of(paid_until_.load(std::memory_order_relaxed), in_nanoseconds(now));
  }
  /// Nothing of the past matters any more.
  [[nodiscard]] bool is_paid(io::monotonic_time now) const noexcept {
    return paid_until_.load(std::memory_order_relaxed) <= in_nanoseconds(now);
  }

 private:
  static constexpr std::int64_t burst = 1'000'000'000;
  [[nodiscard]] static std::int64_t in_nanoseconds(io::monotonic_time at) noexcept {
    return at.time_since_epoch().count();
  }
  [[nodiscard]] static std::chrono::nanoseconds wait_of(std::int64_t paid_until,
                                                        std::int64_t now) noexcept {
    return std::chrono::nanoseconds(std::max<std::int64_t>(0, paid_until - burst - now));
  }

  std::atomic<double> nanoseconds_per_unit_;
  const std::int64_t debt_max_;  // in nanoseconds, with the burst
  std::atomic<std::int64_t> paid_until_{INT64_MIN / 2};
};

}  // namespace tidemill::quota
