// How long many topics take, and what they weigh. Prints figures; the bounds are those of the issue
// with room for unoptimised builds.
#include <gtest/gtest.h>
#include <malloc.h>

#include <chrono>
#include <cstdio>
#include <string>

#include "tests/unit/metadata/metadata_node.hpp"

namespace tidemill::metadata {
namespace {

constexpr int topics = 1000;
constexpr int partitions_each = 10;

std::size_t allocated_bytes() {
  return mallinfo2().uordblks;
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

TEST(load, ten_thousand_partitions_are_made_one_topic_at_a_time_and_loaded) {
  test::simulated_disk disk;
  std::shared_ptr<const image> left;
  {
    metadata_node node(disk);
    ASSERT_TRUE(node.start());
    ASSERT_TRUE(node.join(1));
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < topics; ++i) {
      ASSERT_FALSE(node.create("topic" + std::to_string(i), partitions_each));
    }
    std::printf("created %d topics of %d partitions, each with a sync of its own: %.3f s\n", topics,
                partitions_each, seconds_since(begin));
    left = node.subject->current();
    node.stop();
  }
  const auto before = allocated_bytes();
  metadata_node again(disk);
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_TRUE(again.start());
  const auto seconds = seconds_since(begin);
  const auto bytes = static_cast<double>(allocated_bytes() - before);
  std::printf("loaded them from the log: %.3f s, %.0f bytes each\n", seconds,
              bytes / topics / partitions_each);
  EXPECT_LT(seconds, 1.0);
  EXPECT_LT(bytes / topics / partitions_each, 300.0);
  EXPECT_EQ(again.subject->current()->partition_count(), 10'000U);
  EXPECT_TRUE(again.subject->current()->same_state(*left));
  again.stop();
}

}  // namespace
}  // namespace tidemill::metadata
