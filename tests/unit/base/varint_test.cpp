#include "base/varint.hpp"

#include <array>
#include <random>

namespace tidemill {
namespace {

TEST(varint, random_numbers_read_back_as_written) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 100'000; ++i) {
    const auto value = static_cast<std::int64_t>(random() >> (random() % 64));
    const std::int64_t signed_value = (random() & 1) != 0 ? -value : value;
    std::array<std::byte, varint64_size_max> buffer{};
    const auto size = write_varint(buffer.data(), signed_value);
    EXPECT_EQ(size, varint_size(signed_value));
    bytes_view from(buffer.data(), size);
    std::int64_t back = 0;
    ASSERT_TRUE(read_varlong(from, back));
    EXPECT_EQ(back, signed_value);
    EXPECT_TRUE(from.empty());
  }
}

TEST(varint, number_cut_short_is_refused) {
  std::array<std::byte, varint64_size_max> buffer{};
  const auto size = write_unsigned_varint(buffer.data(), 0xffff'ffffU);
  ASSERT_EQ(size, 5U);
  for (std::size_t cut = 0; cut < size; ++cut) {
    bytes_view from(buffer.data(), cut);
    std::uint32_t value = 0;
    EXPECT_FALSE(read_unsigned_varint(from, value));
  }
}

TEST(varint, number_too_large_for_its_type_is_refused) {
  const std::array<std::byte, 5> too_large{std::byte{0xff}, std::byte{0xff}, std::byte{0xff},
                                           std::byte{0xff}, std::byte{0x1f}};
  bytes_view from(too_large);
  std::uint32_t value = 0;
  EXPECT_FALSE(read_unsigned_varint(from, value));
}

TEST(varint, endless_number_is_refused) {
  std::array<std::byte, 32> endless{};
  endless.fill(std::byte{0x80});
  bytes_view from(endless);
  std::uint64_t value = 0;
  EXPECT_FALSE(read_unsigned_varint(from, value));
}

}  // namespace
}  // namespace tidemill
