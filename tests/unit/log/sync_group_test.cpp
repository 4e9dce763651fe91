#include "log/sync_group.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <deque>

#include "tests/support/log_builder.hpp"

namespace tidemill::log {
namespace {

using test::make_batch;
using test::simulated_log;

/// Runs tasks when it is told to; stands for the pool and for the loop.
class manual_tasks final : public io::blocking_pool, public io::event_loop {
 public:
  explicit manual_tasks(const io::clock& clock) : clock_(clock) {}
  void submit(io::task work) override { tasks_.push_back(std::move(work)); }
  void post(io::task work) override { tasks_.push_back(std::move(work)); }
  timer_id schedule(std::chrono::nanoseconds, io::task) override { return no_timer; }
  void cancel(timer_id) noexcept override {}
  bool is_current() const noexcept override { return true; }
  const io::clock& clock() const noexcept override { return clock_; }
  bool run_one() {
    if (tasks_.empty()) {
      return false;
    }
    auto work = std::move(tasks_.front());
    tasks_.pop_front();
    work();
    return true;
  }
  void run_all() {
    while (run_one()) {
    }
  }
  std::size_t size() const { return tasks_.size(); }

 private:
  const io::clock& clock_;
  std::deque<io::task> tasks_;
};

struct grouped {
  simulated_log on;
  manual_tasks pool{on.clock};
  manual_tasks loop{on.clock};
  sync_group group{pool, {}};
  int done = 0;
  int failed = 0;

  void sync(log& of) {
    group.sync(of, loop, [this](result<void> outcome) { ++(outcome ? done : failed); });
  }
};

TEST(sync_group, one_round_serves_all_that_wait) {
  grouped with;
  auto opened = with.on.open().value();
  ASSERT_TRUE(with.on.append(*opened, make_batch(1)));
  with.sync(*opened);
  for (int index = 0; index < 100; ++index) {
    ASSERT_TRUE(with.on.append(*opened, make_batch(1)));
    with.sync(*opened);
  }
  EXPECT_EQ(with.pool.size(), 1U);
  with.pool.run_one();
  EXPECT_EQ(with.pool.size(), 1U);  // the next round has begun before the answers are out
  EXPECT_EQ(with.done, 0);
  with.loop.run_all();
  EXPECT_EQ(with.done, 1);
  const auto syncs = with.on.disk.syncs();
  with.pool.run_one();
  EXPECT_EQ(with.on.disk.syncs(), syncs + 3);  // the file, and its directories for the last time
  with.loop.run_all();
  EXPECT_EQ(with.done, 101);
  EXPECT_EQ(with.group.rounds(), 2U);
  EXPECT_EQ(opened->recovery_point(), offset{101});
  with.sync(*opened);
  EXPECT_EQ(with.done, 102);  // at once
}

TEST(sync_group, many_logs_are_spread_over_the_pool) {
  grouped with;
  std::vector<std::unique_ptr<log>> logs;
  for (int index = 0; index < 17; ++index) {
    with.on.directory = "/data/topic-" + std::to_string(index);
    logs.push_back(with.on.open().value());
    ASSERT_TRUE(with.on.append(*logs.back(), make_batch(1)));
    with.sync(*logs.back());
  }
  EXPECT_EQ(with.pool.size(), 1U);  // of the first log; the others wait for the second round
  with.pool.run_one();
  EXPECT_EQ(with.pool.size(), 4U);
  with.pool.run_all();
  with.loop.run_all();
  EXPECT_EQ(with.done, 17);
  EXPECT_EQ(with.group.rounds(), 2U);
}

TEST(sync_group, failure_reaches_all_and_poisons) {
  grouped with;
  auto opened = with.on.open().value();
  ASSERT_TRUE(with.on.append(*opened, make_batch(1)));
  with.sync(*opened);
  ASSERT_TRUE(with.on.append(*opened, make_batch(1)));
  with.sync(*opened);
  with.on.disk.fail(test::simulated_disk::operation::sync, 1, EIO);
  with.pool.run_one();
  with.loop.run_all();
  EXPECT_EQ(with.failed, 1);
  EXPECT_EQ(opened->write_obstacle(), errc::poisoned);
  with.sync(*opened);
  EXPECT_EQ(with.failed, 2);
}

TEST(sync_group, log_may_go_before_the_answer) {
  grouped with;
  auto opened = with.on.open().value();
  ASSERT_TRUE(with.on.append(*opened, make_batch(1)));
  with.sync(*opened);
  opened->abandon();
  opened.reset();
  with.pool.run_all();
  with.loop.run_all();
  EXPECT_EQ(with.done, 1);
}

TEST(sync_group, flush_begun_before_a_truncation_says_nothing_about_what_follows) {
  grouped with;
  auto opened = with.on.open().value();
  for (int index = 0; index < 10; ++index) {
    ASSERT_TRUE(with.on.append(*opened, make_batch(1)));
  }
  with.sync(*opened);
  with.pool.run_one();
  ASSERT_TRUE(opened->truncate_to(offset{5}));
  for (int index = 0; index < 5; ++index) {
    ASSERT_TRUE(with.on.append(*opened, make_batch(1)));
  }
  with.loop.run_all();
  EXPECT_EQ(opened->log_end(), offset{10});
  EXPECT_EQ(opened->recovery_point(), offset{0});
}

}  // namespace
}  // namespace tidemill::log
