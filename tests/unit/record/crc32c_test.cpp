#include "record/crc32c.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <vector>

namespace tidemill::record {
namespace {

std::vector<crc32c_implementation> implementations() {
  std::vector<crc32c_implementation> all{crc32c_implementation::portable};
  if (crc32c_in_use() == crc32c_implementation::hardware) {
    all.push_back(crc32c_implementation::hardware);
  }
  return all;
}

byte_buffer random_bytes(std::size_t size) {
  std::mt19937_64 random(7);
  byte_buffer bytes(size);
  for (std::byte& octet : bytes) {
    octet = static_cast<std::byte>(random());
  }
  return bytes;
}

// RFC 3720, appendix B.4, and the usual check value.
TEST(crc32c, known_inputs_give_published_sums) {
  byte_buffer rising(32);
  byte_buffer falling(32);
  for (std::size_t i = 0; i < 32; ++i) {
    rising[i] = static_cast<std::byte>(i);
    falling[i] = static_cast<std::byte>(31 - i);
  }
  const std::vector<std::uint8_t> read_command{
      0x01, 0xc0, 0, 0,    0, 0, 0, 0,    0,    0, 0, 0, 0, 0, 0, 0, 0x14, 0, 0, 0, 0, 0, 4, 0,
      0,    0,    0, 0x14, 0, 0, 0, 0x18, 0x28, 0, 0, 0, 0, 0, 0, 0, 2,    0, 0, 0, 0, 0, 0, 0};
  for (const auto implementation : implementations()) {
    EXPECT_EQ(crc32c_with(implementation, {}), 0U);
    EXPECT_EQ(crc32c_with(implementation, byte_buffer(32)), 0x8a9136aaU);
    EXPECT_EQ(crc32c_with(implementation, byte_buffer(32, std::byte{0xff})), 0x62a8ab43U);
    EXPECT_EQ(crc32c_with(implementation, rising), 0x46dd794eU);
    EXPECT_EQ(crc32c_with(implementation, falling), 0x113fdb5cU);
    EXPECT_EQ(crc32c_with(implementation, std::as_bytes(std::span(read_command))), 0xd9963a56U);
    EXPECT_EQ(crc32c_with(implementation, as_bytes("123456789")), 0xe3069283U);
  }
}

TEST(crc32c, implementations_agree_on_every_length_and_alignment) {
  constexpr std::size_t length_max = 4096;
  constexpr std::size_t alignment_max = 16;
  const byte_buffer bytes = random_bytes(length_max + alignment_max);
  for (const auto implementation : implementations()) {
    for (std::size_t length = 0; length <= length_max; ++length) {
      const bytes_view view = bytes_view(bytes).subspan(length % alignment_max, length);
      ASSERT_EQ(crc32c_with(implementation, view),
                crc32c_with(crc32c_implementation::portable, view))
          << length;
    }
    for (std::size_t alignment = 0; alignment < alignment_max; ++alignment) {
      for (const std::size_t length :
           {0U, 1U, 7U, 8U, 191U, 192U, 767U, 769U, 3071U, 3073U, 4095U}) {
        const bytes_view view = bytes_view(bytes).subspan(alignment, length);
        ASSERT_EQ(crc32c_with(implementation, view),
                  crc32c_with(crc32c_implementation::portable, view))
            << length << " at " << alignment;
      }
    }
  }
}

TEST(crc32c, split_anywhere_continues_from_the_seed) {
  const byte_buffer bytes = random_bytes(5000);
  const bytes_view all(bytes);
  for (const auto implementation : implementations()) {
    const std::uint32_t whole = crc32c_with(implementation, all);
    for (std::size_t cut = 0; cut <= all.size(); cut += 37) {
      const std::uint32_t front = crc32c_with(implementation, all.first(cut));
      ASSERT_EQ(crc32c_with(implementation, all.subspan(cut), front), whole) << cut;
    }
  }
}

TEST(crc32c, default_uses_the_implementation_it_names) {
  const byte_buffer bytes = random_bytes(1000);
  EXPECT_EQ(crc32c(bytes), crc32c_with(crc32c_in_use(), bytes));
#if defined(__x86_64__)
  EXPECT_EQ(crc32c_in_use() == crc32c_implementation::hardware,
            __builtin_cpu_supports("sse4.2") != 0 && __builtin_cpu_supports("pclmul") != 0);
#endif
}

}  // namespace
}  // namespace tidemill::record
