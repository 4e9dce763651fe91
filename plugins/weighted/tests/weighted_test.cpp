#include <gtest/gtest.h>

#include <array>

#include "tidemill/testkit/partitioner.hpp"

namespace tidemill::testkit {
namespace {

TEST(weighted, keys_are_shared_out_by_weight) {
  partitioner weighted(TIDEMILL_PLUGIN_FILE, {{"weights", "[3, 0, 2]"}});
  std::array<int, 4> counts{};
  for (int i = 0; i < 6000; ++i) {
    ++counts.at(static_cast<std::size_t>(weighted.choose("key-" + std::to_string(i), 4)));
  }
  EXPECT_NEAR(counts[0], 3000, 200);
  EXPECT_EQ(counts[1], 0);
  EXPECT_NEAR(counts[2], 2000, 200);
  EXPECT_NEAR(counts[3], 1000, 200);
}

TEST(weighted, the_partition_count_may_differ_from_batch_to_batch) {
  partitioner weighted(TIDEMILL_PLUGIN_FILE, {{"weights", "[1, 1]"}});
  const auto of_two = weighted.choose("a", 2);
  EXPECT_LT(weighted.choose("a", 1), 1);
  EXPECT_LT(weighted.choose("a", 1009), 1009);
  EXPECT_EQ(weighted.choose("a", 2), of_two);
  EXPECT_EQ(weighted.choose(std::nullopt, 2), TIDEMILL_PARTITION_ANY);
}

TEST(weighted, a_topic_without_any_weight_is_a_failure) {
  partitioner weighted(TIDEMILL_PLUGIN_FILE, {{"weights", "[0]"}});
  EXPECT_THROW((void)weighted.choose("a", 1), std::runtime_error);
  EXPECT_THROW(partitioner(TIDEMILL_PLUGIN_FILE, {{"weights", "[-1]"}}), std::runtime_error);
}

}  // namespace
}  // namespace tidemill::testkit
