#include "server/topic_policies.hpp"

#include <gtest/gtest.h>

namespace tidemill::server {
namespace {

class counting_random final : public io::random {
 public:
  [[nodiscard]] std::uint64_t next() noexcept override { return ++drawn; }
  std::uint64_t drawn = 0;
};

struct topic_policies_test : testing::Test {
  counting_random random;
};

TEST_F(topic_policies_test, equal_settings_share_one_policy) {
  topic_policies policies({}, random);
  const auto first = policies.policy_for({});
  EXPECT_EQ(first, policies.policy_for({}));
  EXPECT_NE(first, policies.policy_for({{"retention.ms", "5000"}}));
  EXPECT_EQ(first, policies.policy_for({}));
}

TEST_F(topic_policies_test, settings_reach_the_policy) {
  topic_policies policies({}, random);
  const auto policy = policies.policy_for({{"max.message.bytes", "2000"},
                                           {"message.timestamp.type", "LogAppendTime"},
                                           {"retention.bytes", "7000"},
                                           {"retention.ms", "5000"},
                                           {"segment.bytes", "1048576"}});
  EXPECT_EQ(policy->log->segment_size_bytes_max, 1048576U);
  EXPECT_EQ(policy->retention.age_max, std::chrono::milliseconds(5000));
  EXPECT_EQ(policy->retention.size_bytes_max, 7000U);
  EXPECT_EQ(policy->batch_size_bytes_max, 2000U);
  EXPECT_EQ(policy->timestamp_type, record::timestamp_type::log_append_time);
}

TEST_F(topic_policies_test, broker_defaults_stand_behind_the_topic) {
  topic_policy_options options;
  options.defaults = {{"retention.ms", "5000"}};
  topic_policies policies(options, random);
  EXPECT_EQ(policies.policy_for({})->retention.age_max, std::chrono::milliseconds(5000));
  EXPECT_EQ(policies.policy_for({{"retention.ms", "-1"}})->retention.age_max, std::nullopt);
}

TEST_F(topic_policies_test, durability_of_broker_or_topic_syncs_before_commit) {
  topic_policies relaxed({}, random);
  EXPECT_FALSE(relaxed.policy_for({})->sync_before_commit);
  EXPECT_TRUE(relaxed.policy_for({{"flush.messages", "1"}})->sync_before_commit);
  topic_policy_options options;
  options.sync_before_commit = true;
  topic_policies strict(options, random);
  EXPECT_TRUE(strict.policy_for({})->sync_before_commit);
}

TEST_F(topic_policies_test, jitter_makes_segments_younger_within_its_bound) {
  topic_policies policies({}, random);
  const auto policy = policies.policy_for({{"segment.jitter.ms", "1000"}, {"segment.ms", "60000"}});
  EXPECT_LT(policy->log->segment_age_max, std::chrono::milliseconds(60000));
  EXPECT_GT(policy->log->segment_age_max, std::chrono::milliseconds(59000));
}

}  // namespace
}  // namespace tidemill::server
