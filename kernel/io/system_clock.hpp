#pragma once

#include "io/clock.hpp"

namespace tidemill::io {

/// The clocks of the operating system. Any thread.
class system_clock final : public clock {
 public:
  [[nodiscard]] monotonic_time now() const noexcept override;
  [[nodiscard]] wall_time wall_now() const noexcept override;
};

}  // namespace tidemill::io
