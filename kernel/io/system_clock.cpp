#include "io/system_clock.hpp"

namespace tidemill::io {

monotonic_time system_clock::now() const noexcept {
  return std::chrono::steady_clock::now();
}

wall_time system_clock::wall_now() const noexcept {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

}  // namespace tidemill::io
