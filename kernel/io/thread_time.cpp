#include "io/thread_time.hpp"

#include <ctime>

namespace tidemill::io {

std::chrono::nanoseconds thread_time() noexcept {
  timespec spent{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return std::chrono::seconds(spent.tv_sec) + std::chrono::nanoseconds(spent.tv_nsec);
}

}  // namespace tidemill::io
