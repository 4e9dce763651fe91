#pragma once

#include <cstdint>

#include "io/disk.hpp"

namespace tidemill::server {

/// Tells the allocator to keep little: two arenas instead of eight for each core, and freed memory
/// beyond a few MiB goes back. Before the first thread starts.
void bound_process_memory() noexcept;

/// Resident memory of the process; 0 where the operating system does not say.
[[nodiscard]] std::uint64_t resident_bytes(io::disk& disk);

}  // namespace tidemill::server
