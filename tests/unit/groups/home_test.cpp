#include "groups/home.hpp"

namespace tidemill::groups {
namespace {

TEST(home_of, follows_javas_hash) {
  // "a".hashCode() = 97, "group".hashCode() = 98629247.
  EXPECT_EQ(home_of("a", 50), partition_index{97 % 50});
  EXPECT_EQ(home_of("group", 50), partition_index{98629247 % 50});
  EXPECT_EQ(home_of("", 50), partition_index{0});
}

TEST(home_of, takes_the_absolute_value_of_a_negative_hash) {
  // "polygenelubricants".hashCode() is the least int, whose absolute value Kafka takes for 0.
  EXPECT_EQ(home_of("polygenelubricants", 50), partition_index{0});
}

TEST(home_of, counts_in_utf_16) {
  // U+00F8 is one unit, U+1F600 is two: 0xd83d * 31 + 0xde00.
  EXPECT_EQ(home_of("\xc3\xb8", 1000), partition_index{0xf8});
  EXPECT_EQ(home_of("\xf0\x9f\x98\x80", 1'000'000'000), partition_index{0xd83d * 31 + 0xde00});
}

}  // namespace
}  // namespace tidemill::groups
