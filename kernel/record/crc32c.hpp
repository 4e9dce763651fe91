#pragma once

#include <cstdint>

#include "base/bytes.hpp"

namespace tidemill::record {

/// CRC-32C (Castagnoli, RFC 3720 B.4) of `bytes`, continued from `seed`, the CRC of what stands
/// before them: crc32c(a + b) == crc32c(b, crc32c(a)). Uses the processor's instruction where it
/// has one, chosen once at start. Any thread.
[[nodiscard]] std::uint32_t crc32c(bytes_view bytes, std::uint32_t seed = 0) noexcept;

/// The implementations behind crc32c(), for tests and benchmarks.
enum class crc32c_implementation {
  portable,  ///< slicing by 8, any machine
  hardware,  ///< SSE4.2 or ARMv8 CRC: one dependency chain for short input, three for long
};

/// The one that crc32c() uses on this machine.
[[nodiscard]] crc32c_implementation crc32c_in_use() noexcept;

/// As crc32c(), with a given implementation; asking for `hardware` where crc32c_in_use() is
/// `portable` is a programming error.
[[nodiscard]] std::uint32_t crc32c_with(crc32c_implementation implementation, bytes_view bytes,
                                        std::uint32_t seed = 0) noexcept;

}  // namespace tidemill::record
