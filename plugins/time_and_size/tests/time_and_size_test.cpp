#include <gtest/gtest.h>

#include "tidemill/testkit/retention.hpp"

namespace tidemill::testkit {
namespace {

TEST(time_and_size, without_limits_everything_stays) {
  retention policy(TIDEMILL_PLUGIN_FILE);
  log_builder log;
  EXPECT_EQ(policy.vote(log), "");
  log.add(10, 100, 1'000'000).add(10, 100, 0);
  EXPECT_EQ(policy.vote(log), "kk");
}

TEST(time_and_size, segments_go_when_their_newest_record_is_too_old) {
  retention policy(TIDEMILL_PLUGIN_FILE);
  log_builder log;
  log.log.retention_ms = 500;
  log.add(10, 100, 600).add(10, 100, 501).add(10, 100, 500).add(10, 100, 900).add(10, 100, 0);
  EXPECT_EQ(policy.vote(log), "rrkkk");
}

TEST(time_and_size, segments_go_while_the_rest_still_holds_the_size) {
  retention policy(TIDEMILL_PLUGIN_FILE);
  log_builder log;
  log.log.retention_bytes = 200;
  log.add(10, 100, 0).add(10, 100, 0).add(10, 100, 0).add(10, 50, 0);
  EXPECT_EQ(policy.vote(log), "rkkk");
  log.log.retention_bytes = 0;
  EXPECT_EQ(policy.vote(log), "rrrr");
}

TEST(time_and_size, segments_below_the_log_start_go) {
  retention policy(TIDEMILL_PLUGIN_FILE);
  log_builder log;
  log.log.log_start_offset = 20;
  log.add(10, 100, 0).add(10, 100, 0).add(10, 100, 0);
  EXPECT_EQ(policy.vote(log), "rrk");
  log.log.log_start_offset = 19;
  EXPECT_EQ(policy.vote(log), "rkk");
}

TEST(time_and_size, local_copies_of_tiered_segments_go_by_the_local_limits) {
  retention policy(TIDEMILL_PLUGIN_FILE);
  log_builder log;
  log.log.retention_ms = 1000;
  log.log.local_retention_ms = 100;
  log.add(10, 100, 2000, TIDEMILL_SEGMENT_TIERED)
      .add(10, 100, 500, TIDEMILL_SEGMENT_TIERED)
      .add(10, 100, 400)
      .add(10, 100, 0);
  EXPECT_EQ(policy.vote(log), "rlkk");
}

}  // namespace
}  // namespace tidemill::testkit
