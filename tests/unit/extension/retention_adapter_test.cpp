#include "extension/retention_adapter.hpp"

#include <gtest/gtest.h>

#include "tests/unit/extension/scripted_plugin.hpp"

namespace tidemill::extension {
namespace {

using log::retention_vote;

struct retention_adapter_test : ::testing::Test {
  testing::surroundings around;
  testing::script& plugin = testing::current_script();
  test::manual_event_loop loop{around.clock};
  test::manual_blocking_pool pool;
  std::vector<io::event_loop*> loops{&loop, &loop};
  extension_point point{"rule", around.environment};
  retention_adapter adapter{point, around.environment, loops, pool};
  std::vector<partition::retention_votes> answers;

  void take_seat(std::uint32_t flags = 0) {
    point.at(shard_index{0}).give_to(around.make(testing::scripted_plugin(flags)));
  }
  void ask(std::size_t segments) {
    partition::retention_question question;
    question.topic_name = "orders";
    question.limits.age_max = std::chrono::hours(1);
    question.disk = io::disk_space{100, 1000};
    for (std::size_t i = 0; i < segments; ++i) {
      const auto base = static_cast<std::int64_t>(i * 10);
      question.segments.push_back(
          {offset{base}, offset{base + 10}, 1000, io::wall_time{}, {}, i + 1 == segments});
    }
    adapter.ask(std::move(question),
                [this](partition::retention_votes votes) { answers.push_back(std::move(votes)); });
  }
  call_figures figures() { return point.at(shard_index{0}).figures(kind::retention); }
};

TEST_F(retention_adapter_test, the_plugin_sees_the_log_and_its_votes_come_back) {
  take_seat();
  plugin.vote = [](const tidemill_log& log, std::uint8_t* votes, tidemill_error*) {
    EXPECT_EQ(log.segment_count, 3U);
    EXPECT_EQ(log.retention_ms, 3'600'000);
    EXPECT_EQ(log.retention_bytes, -1);
    EXPECT_EQ(log.disk_free_bytes, 100);
    EXPECT_NE(log.facts & TIDEMILL_FACT_DISK, 0U);
    EXPECT_EQ(log.facts & TIDEMILL_FACT_GROUPS, 0U);
    EXPECT_EQ(log.end_offsets[1], 20);
    EXPECT_EQ(log.segment_flags[2], TIDEMILL_SEGMENT_ACTIVE);
    votes[0] = TIDEMILL_REMOVE;
    votes[1] = TIDEMILL_REMOVE_LOCAL;
    return TIDEMILL_OK;
  };
  EXPECT_TRUE(adapter.needs_disk(shard_index{0}));
  ask(3);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0], (partition::retention_votes{retention_vote::remove, retention_vote::keep,
                                                    retention_vote::keep}));
}

TEST_F(retention_adapter_test, the_plugin_sees_what_groups_have_committed) {
  take_seat();
  plugin.vote = [](const tidemill_log& log, std::uint8_t*, tidemill_error*) {
    EXPECT_NE(log.facts & TIDEMILL_FACT_GROUPS, 0U);
    EXPECT_EQ(log.group_count, 2U);
    EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(log.group_ids[1].data),
                               log.group_ids[1].size),
              "search");
    EXPECT_EQ(log.group_offsets[1], 7);
    EXPECT_EQ(log.group_commit_times_ms[1], 99);
    EXPECT_EQ(log.group_member_counts[1], 3U);
    return TIDEMILL_OK;
  };
  partition::retention_question question;
  question.topic_name = "orders";
  question.groups = std::vector<partition::group_progress>{
      {"billing", offset{5}, {}, 0},
      {"search", offset{7}, io::wall_time(std::chrono::milliseconds(99)), 3}};
  adapter.ask(std::move(question),
              [this](partition::retention_votes votes) { answers.push_back(std::move(votes)); });
  EXPECT_EQ(answers.size(), 1U);
  EXPECT_EQ(figures().calls, 1U);
}

TEST_F(retention_adapter_test, a_failure_and_an_empty_seat_keep_everything) {
  ask(2);
  take_seat();
  plugin.vote = [](const tidemill_log&, std::uint8_t* votes, tidemill_error*) {
    votes[0] = TIDEMILL_REMOVE;
    return TIDEMILL_INTERNAL;
  };
  ask(2);
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_TRUE(answers[0].empty());
  EXPECT_TRUE(answers[1].empty());
  EXPECT_EQ(figures().errors, 1U);
}

TEST_F(retention_adapter_test, a_vote_that_is_none_keeps_everything_and_is_a_fault) {
  take_seat();
  plugin.vote = [](const tidemill_log&, std::uint8_t* votes, tidemill_error*) {
    votes[0] = 200;
    return TIDEMILL_OK;
  };
  ask(1);
  EXPECT_EQ(answers.at(0), partition::retention_votes{}) << "nothing of it is believed";
  EXPECT_EQ(figures().out_of_range, 1U);
}

TEST_F(retention_adapter_test, one_that_may_block_is_asked_on_the_pool_one_by_one) {
  take_seat(TIDEMILL_MAY_BLOCK);
  pool.hold();
  ask(1);
  ask(1);
  EXPECT_TRUE(answers.empty());
  EXPECT_EQ(pool.waiting(), 1U);
  pool.run_one();
  EXPECT_EQ(plugin.open, (std::multiset<std::uint32_t>{2}));  // behind the two shards
  EXPECT_TRUE(answers.empty());
  loop.run();
  EXPECT_EQ(answers.size(), 1U);
  EXPECT_EQ(pool.waiting(), 1U);
  pool.run_one();
  loop.run();
  EXPECT_EQ(answers.size(), 2U);
  bool released = false;
  adapter.release(shard_index{0}, [&] { released = true; });
  pool.run_one();
  loop.run();
  EXPECT_TRUE(released);
  EXPECT_TRUE(plugin.open.empty());
}

TEST_F(retention_adapter_test, a_late_vote_is_a_fault_and_keeps_everything) {
  std::chrono::milliseconds takes{2};
  plugin.vote = [&](const tidemill_log&, std::uint8_t* votes, tidemill_error*) {
    around.clock.advance(takes);
    votes[0] = TIDEMILL_REMOVE;
    return TIDEMILL_OK;
  };
  take_seat();
  ask(1);
  EXPECT_EQ(answers.at(0), partition::retention_votes{});
  EXPECT_EQ(figures().overruns, 1U);
  take_seat(TIDEMILL_MAY_BLOCK);
  ask(1);
  loop.run();
  EXPECT_EQ(answers.at(1), partition::retention_votes{retention_vote::remove}) << "it may block";
  takes = std::chrono::milliseconds(1001);
  ask(1);
  loop.run();
  EXPECT_EQ(answers.at(2), partition::retention_votes{});
  EXPECT_EQ(figures().overruns, 2U);
  for (int i = 0; i < 100; ++i) {
    ask(1);
    loop.run();
  }
  EXPECT_GT(figures().spared, 0U) << "its breaker has opened";
  EXPECT_EQ(answers.size(), 103U);
}

TEST_F(retention_adapter_test,
       a_call_that_hangs_is_given_up_and_nothing_more_is_asked_until_it_returns) {
  plugin.vote = [](const tidemill_log&, std::uint8_t* votes, tidemill_error*) {
    votes[0] = TIDEMILL_REMOVE;
    return TIDEMILL_OK;
  };
  take_seat(TIDEMILL_MAY_BLOCK);
  pool.hold();
  ask(1);
  ask(1);
  loop.run_for(around.environment.hang_after - std::chrono::milliseconds(1));
  EXPECT_TRUE(answers.empty());
  loop.run_for(std::chrono::milliseconds(1));
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_TRUE(answers[0].empty());
  EXPECT_TRUE(answers[1].empty());
  EXPECT_EQ(pool.waiting(), 1U) << "no second thread goes the same way";
  EXPECT_EQ(figures().breaker_state, breaker::state::open);
  loop.run_for(std::chrono::seconds(60));
  ask(1);
  EXPECT_EQ(answers.size(), 3U);
  EXPECT_EQ(pool.waiting(), 1U);
  pool.run_one();  // it returns after all; nobody takes its votes
  loop.run();
  EXPECT_EQ(answers.size(), 3U);
  ask(1);
  EXPECT_EQ(pool.waiting(), 1U);
  pool.run_one();
  loop.run();
  EXPECT_EQ(answers.at(3), partition::retention_votes{retention_vote::remove});
}

TEST_F(retention_adapter_test, one_that_hangs_does_not_keep_the_next_from_its_seat) {
  take_seat(TIDEMILL_MAY_BLOCK);
  pool.hold();
  ask(1);
  bool released = false;
  adapter.release(shard_index{0}, [&] {
    released = true;
    point.at(shard_index{0}).give_to(around.make(testing::scripted_plugin(TIDEMILL_MAY_BLOCK)));
  });
  loop.run_for(around.environment.hang_after);
  EXPECT_TRUE(released);
  EXPECT_EQ(answers.size(), 1U);
  ask(1);
  EXPECT_EQ(pool.waiting(), 2U);
  pool.run_one();  // the one that hung opens, votes and closes
  EXPECT_TRUE(plugin.open.empty());
  EXPECT_EQ(plugin.destroyed, 1);
  pool.run_one();
  loop.run();
  EXPECT_EQ(answers.size(), 2U);
  EXPECT_EQ(figures().calls, 2U);
  adapter.release(shard_index{0}, [] {});
  pool.release();
  loop.run();
}

TEST_F(retention_adapter_test, release_waits_for_the_question_in_work_and_holds_back_the_next) {
  take_seat(TIDEMILL_MAY_BLOCK);
  pool.hold();
  ask(1);
  bool released = false;
  adapter.release(shard_index{0}, [&] {
    released = true;
    point.at(shard_index{0}).give_to(nullptr);
  });
  ask(1);
  EXPECT_FALSE(released);
  pool.run_one();
  loop.run();
  EXPECT_FALSE(released);
  EXPECT_EQ(answers.size(), 1U);
  pool.run_one();
  loop.run();
  EXPECT_TRUE(released);
  EXPECT_TRUE(plugin.open.empty());
  ASSERT_EQ(answers.size(), 2U);  // by nobody: everything is kept
  EXPECT_TRUE(answers[1].empty());
}

}  // namespace
}  // namespace tidemill::extension
