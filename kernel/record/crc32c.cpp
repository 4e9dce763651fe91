#include "record/crc32c.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>

#include "base/assert.hpp"

#if defined(__x86_64__)
#include <nmmintrin.h>
#include <wmmintrin.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <arm_acle.h>
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace tidemill::record {
namespace {

// All registers below are bit-reflected: the highest bit stands for x^0.
constexpr std::uint32_t polynomial = 0x82f63b78;

constexpr std::uint32_t times_x(std::uint32_t value) noexcept {
  return (value >> 1) ^ ((value & 1U) != 0 ? polynomial : 0U);
}

std::uint64_t load_little_endian(const std::byte* from) noexcept {
  std::uint64_t value = 0;
  std::memcpy(&value, from, sizeof value);
  if constexpr (std::endian::native == std::endian::big) {
    value = __builtin_bswap64(value);
  }
  return value;
}

// Slicing by 8: table[k][b] is the register after byte b and then k zero bytes.
using slicing_tables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr slicing_tables make_slicing_tables() noexcept {
  slicing_tables tables{};
  for (std::uint32_t octet = 0; octet < 256; ++octet) {
    std::uint32_t value = octet;
    for (int bit = 0; bit < 8; ++bit) {
      value = times_x(value);
    }
    tables[0][octet] = value;
  }
  for (std::size_t slice = 1; slice < tables.size(); ++slice) {
    for (std::size_t octet = 0; octet < 256; ++octet) {
      const std::uint32_t before = tables[slice - 1][octet];
      tables[slice][octet] = (before >> 8) ^ tables[0][before & 0xffU];
    }
  }
  return tables;
}

constexpr slicing_tables tables = make_slicing_tables();

std::uint32_t crc32c_portable(bytes_view bytes, std::uint32_t seed) noexcept {
  const std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  std::uint32_t crc = ~seed;
  for (; left >= 8; left -= 8, at += 8) {
    const std::uint64_t word = load_little_endian(at) ^ crc;
    crc = tables[7][word & 0xffU] ^ tables[6][(word >> 8) & 0xffU] ^
          tables[5][(word >> 16) & 0xffU] ^ tables[4][(word >> 24) & 0xffU] ^
          tables[3][(word >> 32) & 0xffU] ^ tables[2][(word >> 40) & 0xffU] ^
          tables[1][(word >> 48) & 0xffU] ^ tables[0][word >> 56];
  }
  for (; left > 0; --left, ++at) {
    crc = (crc >> 8) ^ tables[0][(crc ^ std::to_integer<std::uint32_t>(*at)) & 0xffU];
  }
  return ~crc;
}

#if defined(__x86_64__)

#define TIDEMILL_TARGET_CRC __attribute__((target("sse4.2,pclmul")))

// x^exponent mod the polynomial.
consteval std::uint32_t x_to_the(std::size_t exponent) {
  std::uint32_t value = 0x80000000U;
  for (std::size_t i = 0; i < exponent; ++i) {
    value = times_x(value);
  }
  return value;
}

// The instruction takes 3 cycles and can start every cycle, so three independent stretches of
// lane_size bytes are summed side by side. The first two sums are then moved past the bytes that
// follow them: a carry-less product with a power of x, reduced by the instruction itself, which
// multiplies by x^32 and, both factors being reflected, by one more x.
template <std::size_t lane_size>
TIDEMILL_TARGET_CRC inline std::uint32_t sum_three_lanes(const std::byte* at,
                                                         std::uint32_t seed) noexcept {
  constexpr std::uint32_t past_two = x_to_the(2 * lane_size * 8 - 33);
  constexpr std::uint32_t past_one = x_to_the(lane_size * 8 - 33);
  std::uint64_t first = seed;
  std::uint64_t second = 0;
  std::uint64_t third = 0;
  for (std::size_t i = 0; i < lane_size; i += 8) {
    first = _mm_crc32_u64(first, load_little_endian(at + i));
    second = _mm_crc32_u64(second, load_little_endian(at + lane_size + i));
    third = _mm_crc32_u64(third, load_little_endian(at + 2 * lane_size + i));
  }
  const __m128i moved_first =
      _mm_clmulepi64_si128(_mm_cvtsi64_si128(static_cast<long long>(first)),
                           _mm_cvtsi64_si128(static_cast<long long>(past_two)), 0);
  const __m128i moved_second =
      _mm_clmulepi64_si128(_mm_cvtsi64_si128(static_cast<long long>(second)),
                           _mm_cvtsi64_si128(static_cast<long long>(past_one)), 0);
  const auto moved =
      static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm_xor_si128(moved_first, moved_second)));
  return static_cast<std::uint32_t>(_mm_crc32_u64(0, moved) ^ third);
}

TIDEMILL_TARGET_CRC std::uint32_t crc32c_hardware(bytes_view bytes, std::uint32_t seed) noexcept {
  constexpr std::size_t lane_large = 1024;
  constexpr std::size_t lane_medium = 256;
  constexpr std::size_t lane_small = 64;
  const std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  std::uint32_t crc = ~seed;
  for (; left >= 3 * lane_large; left -= 3 * lane_large, at += 3 * lane_large) {
    crc = sum_three_lanes<lane_large>(at, crc);
  }
  for (; left >= 3 * lane_medium; left -= 3 * lane_medium, at += 3 * lane_medium) {
    crc = sum_three_lanes<lane_medium>(at, crc);
  }
  for (; left >= 3 * lane_small; left -= 3 * lane_small, at += 3 * lane_small) {
    crc = sum_three_lanes<lane_small>(at, crc);
  }
  std::uint64_t wide = crc;
  for (; left >= 8; left -= 8, at += 8) {
    wide = _mm_crc32_u64(wide, load_little_endian(at));
  }
  crc = static_cast<std::uint32_t>(wide);
  for (; left > 0; --left, ++at) {
    crc = _mm_crc32_u8(crc, std::to_integer<std::uint8_t>(*at));
  }
  return ~crc;
}

#undef TIDEMILL_TARGET_CRC

bool hardware_is_there() noexcept {
  __builtin_cpu_init();
  return __builtin_cpu_supports("sse4.2") != 0 && __builtin_cpu_supports("pclmul") != 0;
}

#elif defined(__aarch64__) && defined(__linux__)

__attribute__((target("+crc"))) std::uint32_t crc32c_hardware(bytes_view bytes,
                                                              std::uint32_t seed) noexcept {
  const std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  std::uint32_t crc = ~seed;
  for (; left >= 8; left -= 8, at += 8) {
    crc = __crc32cd(crc, load_little_endian(at));
  }
  for (; left > 0; --left, ++at) {
    crc = __crc32cb(crc, std::to_integer<std::uint8_t>(*at));
  }
  return ~crc;
}

bool hardware_is_there() noexcept {
  return (getauxval(AT_HWCAP) & HWCAP_CRC32) != 0;
}

#else

std::uint32_t crc32c_hardware(bytes_view bytes, std::uint32_t seed) noexcept {
  return crc32c_portable(bytes, seed);
}

bool hardware_is_there() noexcept {
  return false;
}

#endif

}  // namespace

crc32c_implementation crc32c_in_use() noexcept {
  static const bool hardware = hardware_is_there();
  return hardware ? crc32c_implementation::hardware : crc32c_implementation::portable;
}

std::uint32_t crc32c(bytes_view bytes, std::uint32_t seed) noexcept {
  return crc32c_in_use() == crc32c_implementation::hardware ? crc32c_hardware(bytes, seed)
                                                            : crc32c_portable(bytes, seed);
}

std::uint32_t crc32c_with(crc32c_implementation implementation, bytes_view bytes,
                          std::uint32_t seed) noexcept {
  if (implementation == crc32c_implementation::portable) {
    return crc32c_portable(bytes, seed);
  }
  TIDEMILL_ASSERT(crc32c_in_use() == crc32c_implementation::hardware);
  return crc32c_hardware(bytes, seed);
}

}  // namespace tidemill::record
