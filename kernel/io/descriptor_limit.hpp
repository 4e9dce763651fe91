#pragma once

#include <cstdint>

namespace tidemill::io {

/// Raises the soft limit on open files to the hard limit and returns what it is now. Any thread;
/// once, at start.
std::uint64_t raise_descriptor_limit() noexcept;

}  // namespace tidemill::io
