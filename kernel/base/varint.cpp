#include "base/varint.hpp"

#include <bit>

namespace tidemill {
namespace {

template <class U>
bool read_leb128(bytes_view& from, U& value) noexcept {
  constexpr unsigned bit_count_max = sizeof(U) * 8;
  U decoded = 0;
  unsigned shift = 0;
  for (std::size_t i = 0; i < from.size() && shift < bit_count_max; ++i, shift += 7) {
    const auto octet = std::to_integer<std::uint8_t>(from[i]);
    const auto payload = static_cast<U>(octet & 0x7fU);
    // The last byte of the longest form may only hold the bits that are left.
    if (shift + 7 > bit_count_max && (payload >> (bit_count_max - shift)) != 0) {
      return false;
    }
    decoded = static_cast<U>(decoded | static_cast<U>(payload << shift));
    if ((octet & 0x80U) == 0) {
      from = from.subspan(i + 1);
      value = decoded;
      return true;
    }
  }
  return false;
}

constexpr std::uint64_t zigzag(std::int64_t value) noexcept {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}

}  // namespace

bool read_unsigned_varint(bytes_view& from, std::uint32_t& value) noexcept {
  return read_leb128(from, value);
}

bool read_unsigned_varint(bytes_view& from, std::uint64_t& value) noexcept {
  return read_leb128(from, value);
}

bool read_varint(bytes_view& from, std::int32_t& value) noexcept {
  std::uint32_t raw = 0;
  if (!read_leb128(from, raw)) {
    return false;
  }
  value = static_cast<std::int32_t>((raw >> 1) ^ (0U - (raw & 1U)));
  return true;
}

bool read_varlong(bytes_view& from, std::int64_t& value) noexcept {
  std::uint64_t raw = 0;
  if (!read_leb128(from, raw)) {
    return false;
  }
  value = static_cast<std::int64_t>((raw >> 1) ^ (0ULL - (raw & 1ULL)));
  return true;
}

std::size_t unsigned_varint_size(std::uint64_t value) noexcept {
  const auto bit_count = static_cast<std::size_t>(std::bit_width(value | 1U));
  return (bit_count + 6) / 7;
}

std::size_t varint_size(std::int64_t value) noexcept {
  return unsigned_varint_size(zigzag(value));
}

std::size_t write_unsigned_varint(std::byte* to, std::uint64_t value) noexcept {
  std::size_t written = 0;
  while (value >= 0x80) {
    to[written++] = static_cast<std::byte>((value & 0x7fU) | 0x80U);
    value >>= 7;
  }
  to[written++] = static_cast<std::byte>(value);
  return written;
}

std::size_t write_varint(std::byte* to, std::int64_t value) noexcept {
  return write_unsigned_varint(to, zigzag(value));
}

}  // namespace tidemill
