#include "extension/call_durations.hpp"

#include <gtest/gtest.h>

namespace tidemill::extension {
namespace {

TEST(call_durations, a_bound_belongs_to_the_place_below_it) {
  call_durations durations;
  durations.add(0, 1);
  durations.add(1'000, 2);
  durations.add(1'001, 4);
  EXPECT_EQ(durations.counts[0], 3U);
  EXPECT_EQ(durations.counts[1], 4U);
}

TEST(call_durations, what_is_longer_than_every_bound_is_counted_last) {
  call_durations durations;
  durations.add(call_durations::bounds.back() + 1, 1);
  call_durations sum = durations;
  sum.add(durations);
  EXPECT_EQ(sum.counts.back(), 2U);
}

}  // namespace
}  // namespace tidemill::extension
