#include "replication/core/waiter_queue.hpp"

namespace tidemill::replication {
namespace {

TEST(waiter_queue, pops_in_order_what_is_reached) {
  waiter_queue queue;
  queue.push(1, offset{10});
  queue.push(2, offset{20});
  EXPECT_FALSE(queue.front_is_within(offset{9}));
  ASSERT_TRUE(queue.front_is_within(offset{10}));
  EXPECT_EQ(queue.front(), 1u);
  queue.pop();
  EXPECT_FALSE(queue.front_is_within(offset{19}));
  EXPECT_EQ(queue.size(), 1u);
}

TEST(waiter_queue, removes_from_any_place_once) {
  waiter_queue queue;
  for (waiter_token token = 1; token <= 5; ++token) {
    queue.push(token, offset{static_cast<std::int64_t>(token) * 10});
  }
  EXPECT_TRUE(queue.remove(3));
  EXPECT_FALSE(queue.remove(3));
  EXPECT_TRUE(queue.remove(1));
  EXPECT_FALSE(queue.remove(9));
  EXPECT_EQ(queue.size(), 3u);
  std::vector<waiter_token> left;
  while (queue.front_is_within(offset{100})) {
    left.push_back(queue.front());
    queue.pop();
  }
  EXPECT_EQ(left, (std::vector<waiter_token>{2, 4, 5}));
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.size(), 0u);
}

TEST(waiter_queue, long_use_stays_bounded) {
  waiter_queue queue;
  waiter_token pushed = 0;
  waiter_token popped = 0;
  for (int round = 0; round < 10'000; ++round) {
    for (int i = 0; i < 2; ++i) {
      ++pushed;
      queue.push(pushed, offset{static_cast<std::int64_t>(pushed)});
    }
    if (round >= 100) {
      ASSERT_EQ(queue.front(), ++popped);
      queue.pop();
      ASSERT_EQ(queue.front(), ++popped);
      queue.pop();
    }
    ASSERT_EQ(queue.size(), pushed - popped);
  }
}

}  // namespace
}  // namespace tidemill::replication
