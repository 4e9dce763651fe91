#include "log/compaction/key_table.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tidemill::log {
namespace {

bytes_view bytes_of(const std::string& text) {
  return as_bytes(text);
}

/// From the reference implementation of SipHash-2-4 with 128 bits, key 00 01 .. 0f, input 00 01 ..
TEST(key_table, fingerprint_is_siphash) {
  const key_table_seed seed{0x0706050403020100ULL, 0x0f0e0d0c0b0a0908ULL};
  std::string input;
  const key_fingerprint none = fingerprint(bytes_of(input), seed);
  EXPECT_EQ(none.low, 0xe6a825ba047f81a3ULL);
  EXPECT_EQ(none.high, 0x930255c71472f66dULL);
  for (char octet = 0; octet < 15; ++octet) {
    input.push_back(octet);
  }
  const key_fingerprint fifteen = fingerprint(bytes_of(input), seed);
  EXPECT_EQ(fifteen.low, 0x11a8b03399e99354ULL);
  EXPECT_EQ(fifteen.high, 0xd9c3cf970fec087eULL);
}

TEST(key_table, last_offset_of_each_key_is_found) {
  key_table table(1 << 20, {3, 4});
  for (int index = 0; index < 5000; ++index) {
    ASSERT_TRUE(table.put(bytes_of(std::to_string(index % 1000)), offset{index}));
  }
  EXPECT_EQ(table.size(), 1000U);
  for (int index = 0; index < 1000; ++index) {
    EXPECT_EQ(table.find(bytes_of(std::to_string(index))), offset{4000 + index});
  }
  EXPECT_FALSE(table.find(bytes_of("x")));
}

TEST(key_table, full_table_takes_known_keys_only) {
  key_table table(36 * 100, {3, 4});
  int count = 0;
  while (table.put(bytes_of(std::to_string(count)), offset{count})) {
    ++count;
  }
  EXPECT_EQ(static_cast<std::size_t>(count), table.size_max());
  EXPECT_EQ(count, 80);
  EXPECT_TRUE(table.put(bytes_of("0"), offset{100}));
  EXPECT_EQ(table.find(bytes_of("0")), offset{100});
  table.clear();
  EXPECT_FALSE(table.find(bytes_of("0")));
  EXPECT_TRUE(table.put(bytes_of("new"), offset{1}));
}

}  // namespace
}  // namespace tidemill::log
