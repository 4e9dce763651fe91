#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>
#include <vector>

#include "tidemill/testkit/retention.hpp"

namespace tidemill::testkit {
namespace {

constexpr std::int64_t hour_ms = 3'600'000;
constexpr std::int64_t day_ms = 24 * hour_ms;

struct committed {
  const char* group;
  std::int64_t offset;
  std::uint32_t members = 1;
  std::int64_t age_ms = 0;
};

/// Four segments of ten records and 100 bytes; the last one is active.
class log_with_groups : public log_builder {
 public:
  explicit log_with_groups(std::vector<committed> groups, std::int64_t age_ms = hour_ms) {
    for (int i = 0; i < 4; ++i) {
      add(10, 100, age_ms);
    }
    for (const committed& one : groups) {
      ids_.push_back({reinterpret_cast<const std::uint8_t*>(one.group), strlen(one.group)});
      offsets_.push_back(one.offset);
      times_.push_back(log.now_ms - one.age_ms);
      members_.push_back(one.members);
    }
    log.facts = TIDEMILL_FACT_GROUPS;
    log.group_count = static_cast<std::uint32_t>(groups.size());
    log.group_ids = ids_.data();
    log.group_offsets = offsets_.data();
    log.group_commit_times_ms = times_.data();
    log.group_member_counts = members_.data();
  }

 private:
  std::vector<tidemill_bytes> ids_;
  std::vector<std::int64_t> offsets_, times_;
  std::vector<std::uint32_t> members_;
};

TEST(consumer_progress, what_every_active_group_has_committed_goes) {
  retention policy(TIDEMILL_PLUGIN_FILE);
  log_with_groups log({{"a", 30}, {"b", 20}});
  EXPECT_EQ(policy.vote(log), "rrkk");
}

TEST(consumer_progress, a_segment_that_a_group_has_half_read_stays) {
  retention policy(TIDEMILL_PLUGIN_FILE);
  log_with_groups log({{"a", 19}});
  EXPECT_EQ(policy.vote(log), "rkkk");
}

TEST(consumer_progress, the_active_segment_stays_although_all_is_committed) {
  retention policy(TIDEMILL_PLUGIN_FILE);
  log_with_groups log({{"a", 40}});
  EXPECT_EQ(policy.vote(log), "rrrk");
}

TEST(consumer_progress, without_an_active_group_nothing_goes_early) {
  retention policy(TIDEMILL_PLUGIN_FILE);
  log_with_groups nobody({});
  EXPECT_EQ(policy.vote(nobody), "kkkk");
  log_with_groups left_long_ago({{"a", 40, 0, 2 * day_ms}});
  EXPECT_EQ(policy.vote(left_long_ago), "kkkk");
}

TEST(consumer_progress, a_group_that_has_gone_no_longer_counts_beside_active_ones) {
  retention policy(TIDEMILL_PLUGIN_FILE, {{"active_time", "1h"}});
  log_with_groups log({{"gone", 0, 0, 2 * hour_ms}, {"works", 20}});
  EXPECT_EQ(policy.vote(log), "rrkk");
  log_with_groups just_left({{"left", 0, 0, hour_ms / 2}, {"works", 20}});
  EXPECT_EQ(policy.vote(just_left), "kkkk");
}

TEST(consumer_progress, only_named_groups_count_and_one_without_commits_holds_everything) {
  retention policy(TIDEMILL_PLUGIN_FILE, {{"groups", R"(["billing", "search"])"}});
  log_with_groups both({{"billing", 30}, {"other", 0}, {"search", 20, 0, 9 * day_ms}});
  EXPECT_EQ(policy.vote(both), "rrkk");
  log_with_groups one({{"billing", 30}});
  EXPECT_EQ(policy.vote(one), "kkkk");
}

TEST(consumer_progress, floors_keep_what_was_read) {
  retention young(TIDEMILL_PLUGIN_FILE, {{"keep_time_min", "2h"}});
  log_with_groups log({{"a", 40}});
  EXPECT_EQ(young.vote(log), "kkkk");
  retention newest(TIDEMILL_PLUGIN_FILE, {{"keep_size_min", "250B"}});
  EXPECT_EQ(newest.vote(log), "rkkk");
}

TEST(consumer_progress, a_stuck_group_does_not_hold_for_ever) {
  retention by_time(TIDEMILL_PLUGIN_FILE, {{"hold_time_max", "30m"}});
  log_with_groups log({{"stuck", 0}});
  EXPECT_EQ(by_time.vote(log), "rrrk");
  retention by_size(TIDEMILL_PLUGIN_FILE, {{"hold_size_max", "200B"}});
  EXPECT_EQ(by_size.vote(log), "rrkk");
  log_with_groups old({{"stuck", 0}}, 8 * day_ms);
  retention by_default(TIDEMILL_PLUGIN_FILE);
  EXPECT_EQ(by_default.vote(old), "rrrk");
}

TEST(consumer_progress, kafkas_rules_are_the_upper_bound) {
  retention policy(TIDEMILL_PLUGIN_FILE, {{"groups", R"(["a"])"}});
  log_with_groups log({{"a", 0}});
  log.log.retention_bytes = 250;
  EXPECT_EQ(policy.vote(log), "rkkk");
}

TEST(consumer_progress, unknown_groups_are_a_failure) {
  retention policy(TIDEMILL_PLUGIN_FILE);
  log_with_groups log({{"a", 40}});
  log.log.facts = 0;
  EXPECT_THROW((void)policy.vote(log), std::runtime_error);
}

TEST(consumer_progress, a_host_that_does_not_tell_who_is_active_has_all_count) {
  retention policy(TIDEMILL_PLUGIN_FILE);
  log_with_groups log({{"gone", 10, 0, 9 * day_ms}, {"works", 30}});
  log.log.struct_size = offsetof(tidemill_log, group_commit_times_ms);
  EXPECT_EQ(policy.vote(log), "rkkk");
}

}  // namespace
}  // namespace tidemill::testkit
