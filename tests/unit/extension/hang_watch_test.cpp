#include "extension/hang_watch.hpp"

#include <gtest/gtest.h>

namespace tidemill::extension {
namespace {

using std::chrono::seconds;

struct hang_watch_test : ::testing::Test {
  hang_watch watch{seconds(10)};
  io::monotonic_time now{std::chrono::hours(1)};
  int pool = 0;

  [[nodiscard]] io::call_in_progress call(std::uint64_t thread, std::uint64_t turn) const {
    return {{"slow", "1.0.0", "keys", "create"}, thread, turn, &pool};
  }
  [[nodiscard]] hang_watch::findings look(const std::vector<io::call_in_progress>& calls) {
    return watch.look(now, calls);
  }
};

TEST_F(hang_watch_test, a_call_that_stays_is_told_once_and_shown_while_it_lasts) {
  EXPECT_TRUE(look({call(1, 5)}).hanging.empty());
  now += seconds(9);
  EXPECT_TRUE(look({call(1, 5)}).hanging.empty());
  now += seconds(1);
  auto found = look({call(1, 5)});
  ASSERT_EQ(found.begun.size(), 1U);
  EXPECT_EQ(found.begun[0].plugin, "slow");
  EXPECT_EQ(found.begun[0].function, "create");
  EXPECT_EQ(found.begun[0].lasts, seconds(10));
  EXPECT_EQ(found.begun[0].owner, &pool);
  EXPECT_EQ(found.hanging.size(), 1U);
  now += seconds(5);
  found = look({call(1, 5)});
  EXPECT_TRUE(found.begun.empty());
  ASSERT_EQ(found.hanging.size(), 1U);
  EXPECT_EQ(found.hanging[0].lasts, seconds(15));
  now += seconds(1);
  found = look({});
  EXPECT_TRUE(found.hanging.empty());
  ASSERT_EQ(found.ended.size(), 1U);
  EXPECT_EQ(found.ended[0].lasts, seconds(16));
  EXPECT_TRUE(look({}).ended.empty());
}

TEST_F(hang_watch_test, a_thread_that_makes_one_call_after_another_does_not_hang) {
  for (std::uint64_t turn = 1; turn < 100; ++turn) {
    EXPECT_TRUE(look({call(1, turn)}).hanging.empty());
    now += seconds(9);
  }
}

TEST_F(hang_watch_test, threads_are_told_apart) {
  static_cast<void>(look({call(1, 5)}));
  now += seconds(5);
  static_cast<void>(look({call(1, 5), call(2, 5)}));
  now += seconds(5);
  EXPECT_EQ(look({call(1, 5), call(2, 5)}).begun.size(), 1U);
  now += seconds(5);
  const auto found = look({call(1, 5), call(2, 5)});
  EXPECT_EQ(found.begun.size(), 1U);
  EXPECT_EQ(found.hanging.size(), 2U);
}

}  // namespace
}  // namespace tidemill::extension
