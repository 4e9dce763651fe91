#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"

namespace tidemill {

/// Longest encodings, in bytes (LEB128).
inline constexpr std::size_t varint32_size_max = 5;
inline constexpr std::size_t varint64_size_max = 10;

/// Reads an unsigned LEB128 number from the front of `from` and moves `from` past it. False when
/// the bytes end inside the number or it does not fit into the type; `from` is then unspecified.
[[nodiscard]] bool read_unsigned_varint(bytes_view& from, std::uint32_t& value) noexcept;
[[nodiscard]] bool read_unsigned_varint(bytes_view& from, std::uint64_t& value) noexcept;

/// The same, zigzag encoded, as in record batches.
[[nodiscard]] bool read_varint(bytes_view& from, std::int32_t& value) noexcept;
[[nodiscard]] bool read_varlong(bytes_view& from, std::int64_t& value) noexcept;

/// Bytes that the encoding takes.
[[nodiscard]] std::size_t unsigned_varint_size(std::uint64_t value) noexcept;
[[nodiscard]] std::size_t varint_size(std::int64_t value) noexcept;

/// Writes at `to`, which has room for varint64_size_max bytes (5 suffice for 32 bits); returns the
/// number of bytes written.
std::size_t write_unsigned_varint(std::byte* to, std::uint64_t value) noexcept;
std::size_t write_varint(std::byte* to, std::int64_t value) noexcept;

}  // namespace tidemill
