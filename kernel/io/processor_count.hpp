#pragma once

#include <cstddef>

namespace tidemill::io {

/// The processors that this process may run on; at least 1. Any thread.
[[nodiscard]] std::size_t processor_count() noexcept;

}  // namespace tidemill::io
