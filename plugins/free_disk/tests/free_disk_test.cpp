#include <gtest/gtest.h>

#include "tidemill/testkit/retention.hpp"

namespace tidemill::testkit {
namespace {

void three_segments_on_a_full_disk(log_builder& log, std::int64_t free_bytes) {
  log.add(10, 100, 0).add(10, 100, 0).add(10, 100, 0);
  log.log.facts = TIDEMILL_FACT_DISK;
  log.log.disk_total_bytes = 1000;
  log.log.disk_free_bytes = free_bytes;
}

TEST(free_disk, enough_free_space_removes_nothing) {
  retention policy(TIDEMILL_PLUGIN_FILE, {{"free_min", "500B"}});
  log_builder log;
  three_segments_on_a_full_disk(log, 500);
  EXPECT_EQ(policy.vote(log), "kkk");
}

TEST(free_disk, a_log_gives_in_proportion_to_its_size) {
  retention policy(TIDEMILL_PLUGIN_FILE, {{"free_min", "500B"}});
  log_builder log;
  three_segments_on_a_full_disk(log, 400);
  EXPECT_EQ(policy.vote(log), "rkk");
}

TEST(free_disk, the_active_segment_and_the_floor_stay) {
  retention greedy(TIDEMILL_PLUGIN_FILE, {{"free_min", "100GiB"}});
  log_builder log;
  three_segments_on_a_full_disk(log, 0);
  EXPECT_EQ(greedy.vote(log), "rrk");
  retention careful(TIDEMILL_PLUGIN_FILE, {{"free_min", "100GiB"}, {"keep_min", "200B"}});
  EXPECT_EQ(careful.vote(log), "rkk");
}

TEST(free_disk, an_unknown_disk_is_a_failure) {
  retention policy(TIDEMILL_PLUGIN_FILE);
  log_builder log;
  log.add(10, 100, 0);
  EXPECT_THROW((void)policy.vote(log), std::runtime_error);
}

}  // namespace
}  // namespace tidemill::testkit
