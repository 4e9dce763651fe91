#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace tidemill {

namespace detail {
template <std::unsigned_integral U>
constexpr U swap_bytes(U value) noexcept {
  if constexpr (sizeof(U) == 1) {
    return value;
  } else if constexpr (sizeof(U) == 2) {
    return __builtin_bswap16(value);
  } else if constexpr (sizeof(U) == 4) {
    return __builtin_bswap32(value);
  } else {
    return __builtin_bswap64(value);
  }
}
}  // namespace detail

/// Reads a big-endian integer; the caller has checked that sizeof(T) bytes are there.
template <std::integral T>
[[nodiscard]] inline T load_big_endian(const std::byte* from) noexcept {
  std::make_unsigned_t<T> raw;
  std::memcpy(&raw, from, sizeof raw);
  if constexpr (std::endian::native == std::endian::little) {
    raw = detail::swap_bytes(raw);
  }
  return static_cast<T>(raw);
}

/// Writes a big-endian integer; the caller has checked that sizeof(T) bytes fit.
template <std::integral T>
inline void store_big_endian(std::byte* to, T value) noexcept {
  auto raw = static_cast<std::make_unsigned_t<T>>(value);
  if constexpr (std::endian::native == std::endian::little) {
    raw = detail::swap_bytes(raw);
  }
  std::memcpy(to, &raw, sizeof raw);
}

}  // namespace tidemill
