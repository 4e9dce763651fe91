#include "extension/breaker.hpp"

#include <gtest/gtest.h>

namespace tidemill::extension {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct breaker_test : ::testing::Test {
  breaker gate{breaker_rules{.faults_at_once = 3,
                             .faults_per_second = 1,
                             .faults_per_call = 0.1,
                             .probe_after = seconds(10)}};
  io::monotonic_time now{std::chrono::hours(1)};

  void fail(int times) {
    for (int i = 0; i < times; ++i) {
      ASSERT_TRUE(gate.admits(now));
      gate.failed(now);
    }
  }
};

TEST_F(breaker_test, some_faults_are_let_pass_and_one_more_opens_it) {
  fail(3);
  EXPECT_EQ(gate.where(), breaker::state::closed);
  fail(1);
  EXPECT_EQ(gate.where(), breaker::state::open);
  EXPECT_FALSE(gate.admits(now));
  EXPECT_EQ(gate.openings(), 1U);
}

TEST_F(breaker_test, a_plugin_that_gives_up_is_left_alone_at_once) {
  ASSERT_TRUE(gate.admits(now));
  gate.gave_up(now);
  EXPECT_EQ(gate.where(), breaker::state::open);
  EXPECT_FALSE(gate.admits(now + milliseconds(9'999)));
  EXPECT_TRUE(gate.admits(now + seconds(10)));
  gate.gave_up(now + seconds(10));
  EXPECT_FALSE(gate.admits(now + seconds(19)));
}

TEST_F(breaker_test, the_time_of_a_slow_call_earns_it_nothing) {
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(gate.admits(now));
    now += seconds(60);
    gate.failed(now, seconds(60));
  }
  EXPECT_EQ(gate.where(), breaker::state::open);
}

TEST_F(breaker_test, faults_that_are_rare_in_time_never_open_it) {
  for (int i = 0; i < 1000; ++i) {
    fail(1);
    now += seconds(1);
  }
  EXPECT_EQ(gate.openings(), 0U);
}

TEST_F(breaker_test, faults_that_are_rare_among_calls_never_open_it) {
  for (int i = 0; i < 1000; ++i) {
    fail(1);
    for (int good = 0; good < 20; ++good) {
      ASSERT_TRUE(gate.admits(now));
      gate.succeeded();
    }
  }
  EXPECT_EQ(gate.openings(), 0U);
}

TEST_F(breaker_test, a_good_probe_closes_it_with_all_of_its_patience) {
  fail(4);
  now += milliseconds(9'999);
  EXPECT_FALSE(gate.admits(now));
  now += milliseconds(1);
  EXPECT_TRUE(gate.admits(now));
  EXPECT_EQ(gate.where(), breaker::state::probing);
  gate.succeeded();
  EXPECT_EQ(gate.where(), breaker::state::closed);
  fail(3);
  EXPECT_EQ(gate.where(), breaker::state::closed);
}

TEST_F(breaker_test, a_bad_probe_opens_it_for_as_long_again) {
  fail(4);
  now += seconds(10);
  fail(1);
  EXPECT_EQ(gate.where(), breaker::state::open);
  now += milliseconds(9'999);
  EXPECT_FALSE(gate.admits(now));
  now += milliseconds(1);
  EXPECT_TRUE(gate.admits(now));
  EXPECT_EQ(gate.openings(), 2U);
}

TEST_F(breaker_test, reset_forgets_the_faults_but_not_the_openings) {
  fail(4);
  gate.reset();
  EXPECT_TRUE(gate.admits(now));
  EXPECT_EQ(gate.where(), breaker::state::closed);
  EXPECT_EQ(gate.openings(), 1U);
}

}  // namespace
}  // namespace tidemill::extension
