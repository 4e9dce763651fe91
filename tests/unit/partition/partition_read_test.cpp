#include "replication/errc.hpp"
#include "tests/unit/partition/shard_fixture.hpp"

namespace tidemill::partition {
namespace {

class partition_read : public shard_fixture {};

TEST_F(partition_read, bounds_of_offsets) {
  partition& here = open();
  EXPECT_TRUE(read(here, 0).slice.empty());
  append(here, {.count = 4});
  append(here, {.count = 4});
  EXPECT_TRUE(read(here, 8).slice.empty());
  read_request beyond;
  beyond.from = offset{9};
  EXPECT_EQ(here.read(beyond).error(), log::errc::offset_out_of_range);
  ASSERT_EQ(here.advance_start(offset{4}).value(), offset{4});
  beyond.from = offset{3};
  EXPECT_EQ(here.read(beyond).error(), log::errc::offset_out_of_range);
  EXPECT_EQ(read(here, 4).log_start, offset{4});
  EXPECT_EQ(here.advance_start(offset{9}).error(), errc::offset_out_of_range);
  EXPECT_EQ(here.advance_start(offset{2}).value(), offset{4});
}

TEST_F(partition_read, r38_first_batch_comes_whole_however_small_the_limit) {
  partition& here = open();
  append(here, {.value = std::string(1000, 'x')});
  append(here, {.value = std::string(1000, 'x')});
  read_request request;
  request.size_bytes_max = 1;
  EXPECT_EQ(here.read(request)->slice.end, offset{1});
  request.minimum_one_batch = false;
  EXPECT_TRUE(here.read(request)->slice.empty());
}

TEST_F(partition_read, r2_diverging_reader_is_told_where) {
  host_->assign(key_of(0), assignment_of(2));
  partition& here = open();
  append(here, {.count = 5});
  host_->assign(key_of(0), assignment_of(4));
  append(here, {.count = 5});
  read_request request;
  request.from = offset{7};
  request.last_fetched_epoch = leader_epoch{2};
  const auto outcome = here.read(request).value();
  EXPECT_EQ(outcome.diverging, (log::leader_epoch_end{leader_epoch{2}, offset{5}}));
  EXPECT_TRUE(outcome.slice.empty());
  request.last_fetched_epoch = leader_epoch{3};
  EXPECT_EQ(here.read(request)->diverging, (log::leader_epoch_end{leader_epoch{2}, offset{5}}));
  request.last_fetched_epoch = leader_epoch{4};
  EXPECT_FALSE(here.read(request)->diverging);
  EXPECT_EQ(here.read(request)->slice.end, offset{10});
  request.last_fetched_epoch = leader_epoch{5};
  EXPECT_EQ(here.read(request).error(), log::errc::offset_out_of_range);
}

TEST_F(partition_read, end_offset_for_each_kind_of_epoch) {
  host_->assign(key_of(0), assignment_of(2));
  partition& here = open();
  EXPECT_EQ(here.end_offset_for(leader_epoch{1}, {})->value(),
            (log::leader_epoch_end{leader_epoch{1}, offset{0}}));
  append(here, {.count = 5});
  EXPECT_EQ(here.epoch_of(offset{3}), leader_epoch{2});
  host_->assign(key_of(0), assignment_of(5));
  EXPECT_EQ(here.end_offset_for(leader_epoch{5}, {})->value(),
            (log::leader_epoch_end{leader_epoch{5}, offset{5}}));
  EXPECT_EQ(here.end_offset_for(leader_epoch{4}, {})->value(),
            (log::leader_epoch_end{leader_epoch{2}, offset{5}}));
  EXPECT_EQ(here.end_offset_for(leader_epoch{6}, {}).value(), std::nullopt);
  EXPECT_EQ(here.end_offset_for(leader_epoch{2}, leader_epoch{4}).error(),
            replication::errc::fenced_leader_epoch);
}

TEST_F(partition_read, offsets_by_time) {
  partition& here = open();
  append(here, {.timestamp_ms = 1'700'000'000'000});
  append(here, {.timestamp_ms = 1'700'000'000'500});
  append(here, {.timestamp_ms = 1'700'000'000'200});
  EXPECT_EQ(here.offset_for_timestamp(1'700'000'000'100, isolation::read_uncommitted).value()->at,
            offset{1});
  EXPECT_FALSE(here.offset_for_timestamp(1'800'000'000'000, isolation::read_uncommitted).value());
  EXPECT_EQ(here.max_timestamp().value()->at, offset{1});
  EXPECT_EQ(here.latest(isolation::read_uncommitted).value(), offset{3});
}

TEST_F(partition_read, waiter_wakes_once_when_there_is_more) {
  partition& here = open();
  int woken = 0;
  data_waiter waiter([&woken] { ++woken; });
  here.wait_for_data(waiter, offset{0}, 1, isolation::read_uncommitted);
  EXPECT_EQ(woken, 0);
  append(here, {});
  EXPECT_EQ(woken, 1);
  append(here, {});
  EXPECT_EQ(woken, 1);
  here.wait_for_data(waiter, offset{1}, 1, isolation::read_uncommitted);
  EXPECT_EQ(woken, 2) << "there was more already";
  EXPECT_FALSE(waiter.armed());
}

TEST_F(partition_read, waiter_waits_for_bytes_and_can_be_disarmed) {
  partition& here = open();
  int woken = 0;
  data_waiter waiter([&woken] { ++woken; });
  here.wait_for_data(waiter, offset{0}, 2500, isolation::read_uncommitted);
  append(here, {.value = std::string(1000, 'x')});
  append(here, {.value = std::string(1000, 'x')});
  EXPECT_EQ(woken, 0);
  append(here, {.value = std::string(1000, 'x')});
  EXPECT_EQ(woken, 1);
  here.wait_for_data(waiter, offset{3}, 1, isolation::read_uncommitted);
  waiter.disarm();
  append(here, {});
  EXPECT_EQ(woken, 1);
}

TEST_F(partition_read, committed_waiter_does_not_wake_for_an_open_transaction) {
  partition& here = open();
  int woken = 0;
  data_waiter waiter([&woken] { ++woken; });
  here.wait_for_data(waiter, offset{0}, 1, isolation::read_committed);
  append_options transactional;
  transactional.transactional_allowed = true;
  append(here, {.producer = 1, .transactional = true}, transactional);
  append(here, {});
  EXPECT_EQ(woken, 0);
}

TEST_F(partition_read, waiters_may_do_anything_when_woken) {
  partition& here = open();
  std::vector<std::unique_ptr<data_waiter>> waiters;
  int woken = 0;
  for (int i = 0; i < 4; ++i) {
    waiters.push_back(std::make_unique<data_waiter>([&, i] {
      ++woken;
      if (i == 3) {
        waiters[0].reset();  // destroys one that is still to be woken
      }
      if (i == 2) {
        here.wait_for_data(*waiters[2], here.log_end(), 1, isolation::read_uncommitted);
      }
    }));
    here.wait_for_data(*waiters.back(), offset{0}, 1, isolation::read_uncommitted);
  }
  append(here, {});
  EXPECT_GE(woken, 3);
  EXPECT_TRUE(waiters[2]->armed());
  append(here, {});
  EXPECT_GE(woken, 4);
}

TEST_F(partition_read, waiters_are_told_of_a_new_leader_and_of_removal) {
  partition& here = open();
  int woken = 0;
  data_waiter waiter([&woken] { ++woken; });
  here.wait_for_data(waiter, offset{0}, 1, isolation::read_uncommitted);
  host_->assign(key_of(0), assignment_of(1));
  EXPECT_EQ(woken, 1);
  here.wait_for_data(waiter, offset{0}, 1, isolation::read_uncommitted);
  host_->remove(key_of(0), [](const result<void>&) {});
  EXPECT_EQ(woken, 2);
  EXPECT_FALSE(waiter.armed());
}

}  // namespace
}  // namespace tidemill::partition
