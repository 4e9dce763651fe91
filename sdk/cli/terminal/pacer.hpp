#pragma once

#include <chrono>
#include <cstdint>
#include <thread>

namespace tidemill::cli {

/// Holds work back to so many a second. One thread.
class pacer {
 public:
  /// 0: does not hold back.
  explicit pacer(double per_second) noexcept
      : per_second_(per_second), begun_(std::chrono::steady_clock::now()) {}

  /// When number `done` (from 0) is due.
  [[nodiscard]] std::chrono::steady_clock::time_point due(std::int64_t done) const noexcept {
    const std::chrono::duration<double> after(
        per_second_ > 0 ? static_cast<double>(done) / per_second_ : 0);
    return begun_ + std::chrono::duration_cast<std::chrono::steady_clock::duration>(after);
  }
  void wait(std::int64_t done) const {
    if (per_second_ > 0) {
      std::this_thread::sleep_until(due(done));
    }
  }

 private:
  double per_second_;
  std::chrono::steady_clock::time_point begun_;
};

}  // namespace tidemill::cli
