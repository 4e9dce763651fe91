#include "base/quantity.hpp"

#include <gtest/gtest.h>

namespace tidemill {
namespace {

TEST(quantity, durations_need_a_unit_and_do_not_overflow) {
  EXPECT_EQ(parse_duration("1500ms"), std::chrono::milliseconds(1500));
  EXPECT_EQ(parse_duration("2 h"), std::chrono::hours(2));
  for (const char* wrong : {"", "5", "ms", "-1s", "1.5s", "5 m ", "5  m", "1y",
                            "9223372036854775807d", "99999999999999999999ms"}) {
    EXPECT_FALSE(parse_duration(wrong)) << wrong;
  }
}

TEST(quantity, sizes_are_bytes_or_have_a_binary_unit) {
  EXPECT_EQ(parse_size("65536"), 65536);
  EXPECT_EQ(parse_size("64KiB"), 65536);
  for (const char* wrong : {"", "-1", "64KB", "64kib", "KiB", "9000000TiB0", "16777216TiB"}) {
    EXPECT_FALSE(parse_size(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace tidemill
