#include "io/processor_count.hpp"

#include <sched.h>

namespace tidemill::io {

std::size_t processor_count() noexcept {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) {
    return 1;
  }
  const int count = CPU_COUNT(&allowed);
  return count > 0 ? static_cast<std::size_t>(count) : 1;
}

}  // namespace tidemill::io
