#include <gtest/gtest.h>

#include <array>

#include "tidemill/testkit/partitioner.hpp"

namespace tidemill::testkit {
namespace {

constexpr int key_count = 4000;

TEST(jump, growing_moves_keys_to_new_partitions_only) {
  partitioner jump(TIDEMILL_PLUGIN_FILE);
  for (std::int32_t count : {1, 2, 7, 100}) {
    int moved = 0;
    for (int i = 0; i < key_count; ++i) {
      const auto before = jump.choose(std::to_string(i), count);
      const auto after = jump.choose(std::to_string(i), count + 1);
      ASSERT_TRUE(after == before || after == count);
      moved += after == before ? 0 : 1;
    }
    const double expected = double{key_count} / (count + 1);
    EXPECT_GT(moved, expected * 0.5);
    EXPECT_LT(moved, expected * 1.6);
  }
}

TEST(jump, keys_spread_evenly) {
  partitioner jump(TIDEMILL_PLUGIN_FILE);
  std::array<int, 10> counts{};
  for (int i = 0; i < key_count; ++i) {
    ++counts.at(static_cast<std::size_t>(jump.choose("key-" + std::to_string(i), 10)));
  }
  for (const int count : counts) {
    EXPECT_NEAR(count, key_count / 10, 80);
  }
}

TEST(jump, no_key_leaves_the_choice_to_the_client) {
  partitioner jump(TIDEMILL_PLUGIN_FILE);
  EXPECT_EQ(jump.choose(std::nullopt, 12), TIDEMILL_PARTITION_ANY);
}

}  // namespace
}  // namespace tidemill::testkit
