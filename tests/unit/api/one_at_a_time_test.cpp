#include "api/one_at_a_time.hpp"

#include <gtest/gtest.h>

#include "tests/support/manual_event_loop.hpp"

namespace tidemill::api {
namespace {

TEST(one_at_a_time, work_that_ends_at_once_leaves_a_turn_of_the_loop_between) {
  test::manual_clock clock;
  test::manual_event_loop loop(clock);
  one_at_a_time turns;
  int done = 0;
  const auto work = [&] {
    ++done;
    turns.leave(loop);
  };
  for (int number = 0; number < 3; ++number) {
    turns.enter(work);
  }
  EXPECT_EQ(done, 1);
  loop.run();
  EXPECT_EQ(done, 3);
  turns.enter(work);
  EXPECT_EQ(done, 4) << "nobody was before it";
}

TEST(one_at_a_time, work_that_goes_on_holds_up_the_next) {
  test::manual_clock clock;
  test::manual_event_loop loop(clock);
  one_at_a_time turns;
  bool second = false;
  turns.enter([] {});
  turns.enter([&] { second = true; });
  loop.run();
  EXPECT_FALSE(second);
  turns.leave(loop);
  loop.run();
  EXPECT_TRUE(second);
}

}  // namespace
}  // namespace tidemill::api
