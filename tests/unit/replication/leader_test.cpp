#include "replication/core/leader.hpp"

namespace tidemill::replication {
namespace {

using namespace std::chrono_literals;

monotonic_time at(std::chrono::nanoseconds since_start) {
  return monotonic_time{1h} + since_start;
}

elected alone(std::int64_t log_end = 0, int epoch = 0) {
  elected event;
  event.epoch = leader_epoch{epoch};
  event.self = broker_id{1};
  event.replicas = {broker_id{1}};
  event.in_sync = {broker_id{1}};
  event.log_end = event.synced_end = event.high_watermark = offset{log_end};
  event.now = at(0s);
  return event;
}

elected with_followers(std::int32_t min_in_sync, std::vector<broker_id> in_sync) {
  elected event = alone();
  event.replicas = {broker_id{1}, broker_id{2}, broker_id{3}};
  event.in_sync = std::move(in_sync);
  event.in_sync_replicas_min = min_in_sync;
  event.lag_max = 10s;
  return event;
}
constexpr broker_id one{1};
constexpr broker_id two{2};
constexpr broker_id three{3};

class leader_test : public testing::Test {
 protected:
  template <class Event>
  const actions& step(const Event& event) {
    out_.clear();
    leader_.step(event, out_);
    return out_;
  }
  leader leader_;
  actions out_;
};

TEST_F(leader_test, before_election_nothing_is_served) {
  EXPECT_EQ(leader_.admit(false, std::nullopt).error(), errc::not_leader);
  EXPECT_EQ(step(awaited{5, offset{1}}).releases, (std::vector<released>{{5, errc::not_leader}}));
}

TEST_F(leader_test, alone_append_is_committed_at_once) {
  step(alone());
  ASSERT_TRUE(leader_.admit(true, leader_epoch{0}));
  EXPECT_TRUE(step(appended{offset{7}}).high_watermark_moved);
  EXPECT_EQ(leader_.high_watermark(), offset{7});
  EXPECT_TRUE(leader_.is_acknowledged(acknowledgement::all, offset{7}));
  EXPECT_FALSE(leader_.is_acknowledged(acknowledgement::all, offset{8}));
}

TEST_F(leader_test, alone_min_in_sync_above_one_is_capped_by_replica_count) {
  elected event = alone();
  event.in_sync_replicas_min = 2;
  step(event);
  EXPECT_TRUE(leader_.admit(true, std::nullopt));
}

TEST_F(leader_test, sync_before_commit_waits_for_the_sync) {
  elected event = alone();
  event.sync_before_commit = true;
  step(event);
  EXPECT_FALSE(step(appended{offset{4}}).high_watermark_moved);
  EXPECT_FALSE(leader_.is_acknowledged(acknowledgement::leader, offset{4}));
  EXPECT_TRUE(leader_.is_acknowledged(acknowledgement::none, offset{4}));
  step(awaited{1, offset{4}, acknowledgement::leader});
  step(awaited{2, offset{4}, acknowledgement::all});
  step(appended{offset{6}});
  const auto& reached = step(synced{offset{4}});
  EXPECT_TRUE(reached.high_watermark_moved);
  EXPECT_THAT(reached.releases, testing::UnorderedElementsAre(released{1, {}}, released{2, {}}));
  EXPECT_EQ(leader_.high_watermark(), offset{4});
}

TEST_F(leader_test, r3_epoch_of_the_caller_is_compared) {
  step(alone(0, 5));
  EXPECT_TRUE(leader_.check_epoch(std::nullopt));
  EXPECT_TRUE(leader_.check_epoch(leader_epoch{5}));
  EXPECT_EQ(leader_.check_epoch(leader_epoch{4}).error(), errc::fenced_leader_epoch);
  EXPECT_EQ(leader_.check_epoch(leader_epoch{6}).error(), errc::unknown_leader_epoch);
}

TEST_F(leader_test, high_watermark_is_the_least_of_the_in_sync_set) {
  step(with_followers(1, {one, two, three}));
  step(appended{offset{10}});
  EXPECT_EQ(leader_.high_watermark(), offset{0});
  step(replica_fetched{two, offset{10}, at(1s)});
  EXPECT_EQ(leader_.high_watermark(), offset{0});
  step(awaited{1, offset{5}});
  step(awaited{2, offset{10}});
  EXPECT_EQ(step(replica_fetched{three, offset{7}, at(1s)}).releases,
            (std::vector<released>{{1, {}}}));
  EXPECT_EQ(leader_.high_watermark(), offset{7});
}

TEST_F(leader_test, r6_nothing_is_committed_under_min_in_sync) {
  step(with_followers(2, {one}));
  EXPECT_EQ(leader_.admit(true, std::nullopt).error(), errc::not_enough_replicas);
  ASSERT_TRUE(leader_.admit(false, std::nullopt));
  step(appended{offset{3}});
  EXPECT_EQ(leader_.high_watermark(), offset{0});
  step(replica_fetched{two, offset{3}, at(1s)});
  EXPECT_EQ(leader_.high_watermark(), offset{0});
  step(in_sync_committed{partition_epoch{1}, {one, two}, at(1s)});
  EXPECT_EQ(leader_.high_watermark(), offset{3});
}

TEST_F(leader_test, r13_shrink_between_append_and_acknowledgement) {
  step(with_followers(2, {one, two}));
  ASSERT_TRUE(leader_.admit(true, std::nullopt));
  step(appended{offset{3}});
  step(awaited{1, offset{3}});
  EXPECT_TRUE(step(in_sync_committed{partition_epoch{1}, {one}, at(1s)}).releases.empty());
  EXPECT_EQ(leader_.high_watermark(), offset{0});
  EXPECT_EQ(step(wait_expired{1}).releases,
            (std::vector<released>{{1, errc::not_enough_replicas_after_append}}));
  EXPECT_TRUE(step(wait_expired{1}).releases.empty());
}

TEST_F(leader_test, expired_wait_is_answered_once) {
  step(with_followers(1, {one, two}));
  step(appended{offset{3}});
  step(awaited{1, offset{3}});
  EXPECT_EQ(step(wait_expired{1}).releases, (std::vector<released>{{1, errc::timed_out}}));
  EXPECT_TRUE(step(replica_fetched{two, offset{3}, at(1s)}).releases.empty());
}

TEST_F(leader_test, r14_epoch_change_fails_everyone) {
  step(with_followers(1, {one, two}));
  step(appended{offset{3}});
  step(awaited{1, offset{3}});
  step(awaited{2, offset{3}});
  elected again = with_followers(1, {one, two});
  again.epoch = leader_epoch{1};
  again.log_end = again.synced_end = offset{3};
  EXPECT_EQ(step(again).releases,
            (std::vector<released>{{1, errc::not_leader}, {2, errc::not_leader}}));
  step(awaited{3, offset{3}});
  EXPECT_EQ(step(resigned{}).releases, (std::vector<released>{{3, errc::not_leader}}));
  EXPECT_FALSE(leader_.leading());
}

TEST_F(leader_test, r12_election_in_same_epoch_keeps_the_high_watermark) {
  step(with_followers(1, {one, two}));
  step(appended{offset{8}});
  step(replica_fetched{two, offset{8}, at(1s)});
  elected again = with_followers(1, {one, two, three});
  again.log_end = again.synced_end = offset{8};
  again.version = partition_epoch{4};
  step(again);
  EXPECT_EQ(leader_.high_watermark(), offset{8});
  step(appended{offset{9}});
  step(replica_fetched{two, offset{9}, at(1s)});
  EXPECT_EQ(leader_.high_watermark(), offset{8});  // the third must fetch first
}

TEST_F(leader_test, r19_caught_up_means_reached_an_earlier_end_in_time) {
  step(with_followers(1, {one, two, three}));
  step(appended{offset{10}});
  for (const broker_id id : {two, three}) {
    step(replica_fetched{id, offset{10}, at(1s)});
  }
  // 2 keeps reaching the end of its previous fetch, 3 falls behind while it still fetches.
  std::optional<in_sync_proposal> proposal;
  for (int i = 2; i <= 20 && !proposal; ++i) {
    const auto previous_end = leader_.log_end();
    step(appended{leader_.log_end() + offset_delta{10}});
    step(replica_fetched{two, previous_end, at(std::chrono::seconds(i))});
    proposal = out_.proposal;
    step(replica_fetched{three, offset{10 + i}, at(std::chrono::seconds(i))});
    if (out_.proposal) {
      proposal = out_.proposal;
    }
  }
  ASSERT_TRUE(proposal);
  EXPECT_EQ(proposal->in_sync, (std::vector<broker_id>{one, two}));
  // It goes on counting until the controller has decided (R5).
  const offset before = leader_.high_watermark();
  step(replica_fetched{two, leader_.log_end(), at(30s)});
  EXPECT_EQ(leader_.high_watermark(), before);
  step(in_sync_committed{partition_epoch{1}, {one, two}, at(30s)});
  EXPECT_EQ(leader_.high_watermark(), leader_.log_end());
}

TEST_F(leader_test, r5_joining_replica_counts_before_the_controller_answers) {
  step(with_followers(1, {one, two}));
  step(appended{offset{5}});
  step(replica_fetched{two, offset{5}, at(1s)});
  step(replica_fetched{three, offset{5}, at(1s)});
  ASSERT_TRUE(out_.proposal);
  EXPECT_EQ(out_.proposal->in_sync, (std::vector<broker_id>{one, two, three}));
  EXPECT_EQ(leader_.in_sync_count(), 2u);
  step(appended{offset{6}});
  EXPECT_FALSE(step(replica_fetched{two, offset{6}, at(2s)}).high_watermark_moved);
  step(in_sync_refused{});
  EXPECT_EQ(leader_.high_watermark(), offset{5});
  EXPECT_TRUE(step(replica_fetched{three, offset{6}, at(3s)}).high_watermark_moved);
  EXPECT_TRUE(out_.proposal);  // asked again
  step(in_sync_committed{partition_epoch{0}, {one}, at(3s)});
  EXPECT_EQ(leader_.in_sync_count(), 2u) << "an old version changes nothing";
}

TEST_F(leader_test, r8_ineligible_replica_is_not_proposed) {
  step(with_followers(1, {one, two}));
  step(replica_eligible{three, false});
  EXPECT_FALSE(step(replica_fetched{three, offset{0}, at(1s)}).proposal);
  step(replica_eligible{three, true});
  EXPECT_TRUE(step(replica_fetched{three, offset{0}, at(1s)}).proposal);
}

TEST_F(leader_test, t12_last_stable_offset_is_the_lower_of_both) {
  step(alone());
  step(unstable_moved{offset{2}});
  EXPECT_TRUE(step(appended{offset{5}}).last_stable_offset_moved);
  EXPECT_EQ(leader_.last_stable_offset(), offset{2});
  step(unstable_moved{offset{4}});
  EXPECT_EQ(leader_.last_stable_offset(), offset{4});
  EXPECT_TRUE(step(unstable_moved{std::nullopt}).last_stable_offset_moved);
  EXPECT_EQ(leader_.last_stable_offset(), offset{5});
}

TEST_F(leader_test, older_election_is_ignored) {
  step(alone(4, 7));
  step(alone(4, 6));
  EXPECT_EQ(leader_.epoch(), leader_epoch{7});
}

}  // namespace
}  // namespace tidemill::replication
