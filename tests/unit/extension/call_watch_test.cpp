#include "extension/call_watch.hpp"

#include <gtest/gtest.h>

namespace tidemill::extension {
namespace {

/// Calls of `record_count` records that are in time; how many of them were timed.
int timed_of(call_watch& watch, int calls, std::uint32_t record_count,
             std::uint64_t* stood_for = nullptr) {
  int timed = 0;
  for (int i = 0; i < calls; ++i) {
    if (watch.wants(record_count)) {
      ++timed;
      const std::uint64_t stands_for = watch.timed(record_count, false);
      if (stood_for != nullptr) {
        *stood_for += stands_for;
      }
    }
  }
  return timed;
}

TEST(call_watch, a_new_plugin_has_every_call_timed_then_small_ones_take_turns) {
  call_watch watch;
  EXPECT_EQ(timed_of(watch, call_watch::calls_watched, 1), 256);
  EXPECT_EQ(timed_of(watch, 160, 1), 10);
}

TEST(call_watch, timed_calls_stand_for_all_calls_but_those_behind_the_last) {
  call_watch watch;
  std::uint64_t stood_for = 0;
  timed_of(watch, 256 + 16 * 5 + 7, 15, &stood_for);
  EXPECT_EQ(stood_for, 256U + 16U * 5U);
}

TEST(call_watch, large_calls_and_those_without_records_are_always_timed) {
  call_watch watch;
  timed_of(watch, 256, 1);
  EXPECT_EQ(timed_of(watch, 100, call_watch::large_call_records), 100);
  EXPECT_EQ(timed_of(watch, 100, 0), 100);
}

TEST(call_watch, a_large_call_does_not_stand_for_the_small_ones_before_it) {
  call_watch watch;
  timed_of(watch, 256, 1);
  timed_of(watch, 5, 1);
  ASSERT_TRUE(watch.wants(1000));
  EXPECT_EQ(watch.timed(1000, false), 1U);
}

TEST(call_watch, one_that_was_late_has_every_call_timed_for_a_while) {
  call_watch watch;
  timed_of(watch, 256, 1);
  timed_of(watch, 15, 1);
  ASSERT_TRUE(watch.wants(1));
  EXPECT_EQ(watch.timed(1, true), 16U);
  EXPECT_EQ(timed_of(watch, 256, 1), 256);
  EXPECT_EQ(timed_of(watch, 15, 1), 0);
}

}  // namespace
}  // namespace tidemill::extension
