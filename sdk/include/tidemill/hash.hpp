#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

/// The hashes by which stock clients choose partitions, for plugins that mean to agree with them.
namespace tidemill::sdk {

/// MurmurHash2 by Austin Appleby, 32 bits, with the seed of Kafka's Java client.
[[nodiscard]] constexpr std::uint32_t murmur2(std::span<const std::uint8_t> data) noexcept {
  constexpr std::uint32_t multiplier = 0x5bd1e995;
  constexpr std::uint32_t seed = 0x9747b28c;
  std::uint32_t hash = seed ^ static_cast<std::uint32_t>(data.size());
  const std::size_t whole = data.size() & ~std::size_t{3};
  for (std::size_t at = 0; at < whole; at += 4) {
    std::uint32_t word = std::uint32_t{data[at]} | std::uint32_t{data[at + 1]} << 8U |
                         std::uint32_t{data[at + 2]} << 16U | std::uint32_t{data[at + 3]} << 24U;
    word *= multiplier;
    word ^= word >> 24U;
    word *= multiplier;
    hash = hash * multiplier ^ word;
  }
  switch (data.size() - whole) {
    case 3:
      hash ^= std::uint32_t{data[whole + 2]} << 16U;
      [[fallthrough]];
    case 2:
      hash ^= std::uint32_t{data[whole + 1]} << 8U;
      [[fallthrough]];
    case 1:
      hash = (hash ^ data[whole]) * multiplier;
      break;
    default:
      break;
  }
  hash ^= hash >> 13U;
  hash *= multiplier;
  return hash ^ hash >> 15U;
}

namespace detail {

inline constexpr std::array<std::uint32_t, 256> crc32_table = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
    std::uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) {
      value = value >> 1U ^ ((value & 1U) != 0 ? 0xedb88320U : 0U);
    }
    table[byte] = value;
  }
  return table;
}();

}  // namespace detail

/// CRC-32 of IEEE 802.3, as librdkafka's consistent_random partitioner takes it.
[[nodiscard]] constexpr std::uint32_t crc32(std::span<const std::uint8_t> data) noexcept {
  std::uint32_t crc = ~0U;
  for (const std::uint8_t byte : data) {
    crc = crc >> 8U ^ detail::crc32_table[(crc ^ byte) & 0xffU];
  }
  return ~crc;
}

/// FNV-1a, 32 bits, as sarama's hash partitioner takes it.
[[nodiscard]] constexpr std::uint32_t fnv1a(std::span<const std::uint8_t> data) noexcept {
  std::uint32_t hash = 0x811c9dc5;
  for (const std::uint8_t byte : data) {
    hash = (hash ^ byte) * 0x01000193U;
  }
  return hash;
}

}  // namespace tidemill::sdk
