#pragma once

#include <chrono>

namespace tidemill::io {

/// What the calling thread has spent on a processor since it began. Unlike the time of a clock it
/// stands still while others have the processor. Costs a system call.
[[nodiscard]] std::chrono::nanoseconds thread_time() noexcept;

}  // namespace tidemill::io
