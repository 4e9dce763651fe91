#pragma once

#include <chrono>

namespace tidemill::io {

/// Time that never goes back: every duration, deadline and age is measured with it.
using monotonic_time = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;
/// Time of day in milliseconds since the Unix epoch: record timestamps and nothing else (R35).
using wall_time = std::chrono::sys_time<std::chrono::milliseconds>;

/// Where time comes from. Any thread.
class clock {
 public:
  virtual ~clock() = default;
  [[nodiscard]] virtual monotonic_time now() const noexcept = 0;
  [[nodiscard]] virtual wall_time wall_now() const noexcept = 0;
};

}  // namespace tidemill::io
