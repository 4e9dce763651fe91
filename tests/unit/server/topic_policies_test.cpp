#include "server/topic_policies.hpp"

#include "server/extension_options.hpp"

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

TEST_F(topic_policies_test, compaction_settings_reach_the_policy) {
  topic_policies policies({}, random);
  EXPECT_FALSE(policies.policy_for({})->compacts);
  EXPECT_TRUE(policies.policy_for({})->delete_expired);
  const auto policy = policies.policy_for({{"cleanup.policy", "compact"},
                                           {"delete.retention.ms", "3"},
                                           {"max.compaction.lag.ms", "2000"},
                                           {"min.cleanable.dirty.ratio", "0.25"},
                                           {"min.compaction.lag.ms", "1000"}});
  EXPECT_TRUE(policy->compacts);
  EXPECT_FALSE(policy->delete_expired);
  EXPECT_TRUE(policy->log->offsets_may_have_gaps);
  EXPECT_EQ(policy->compaction.delete_retention, std::chrono::milliseconds(3));
  EXPECT_EQ(policy->compaction.lag_min, std::chrono::milliseconds(1000));
  EXPECT_EQ(policy->compaction.lag_max, std::chrono::milliseconds(2000));
  EXPECT_EQ(policy->compaction.dirty_ratio_min, 0.25);
  // What is in the active segment cannot be compacted, so it is not active for longer.
  EXPECT_EQ(policy->log->segment_age_max, std::chrono::milliseconds(2000));
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

/// Gives out addresses that say what they stand for.
class fake_extensions final : public extension::extensions {
 public:
  void load(extension::wanted_extensions, load_completion) override {}
  [[nodiscard]] bool is_loading() const noexcept override { return false; }
  void stop(unique_function<void()>) override {}
  [[nodiscard]] std::optional<std::string> problem_with(extension::kind use,
                                                        std::string_view name) const override {
    return std::string(extension::name_of(use)) + " " + std::string(name);
  }
  [[nodiscard]] partition::partitioner_check* partitioner(const std::string& name,
                                                          extension::verify_mode mode) override {
    asked.push_back((mode == extension::verify_mode::warn ? "warn " : "reject ") + name);
    return reinterpret_cast<partition::partitioner_check*>(&asked);
  }
  [[nodiscard]] partition::record_gate* gate(const std::string& name) override {
    asked.push_back("gate " + name);
    return reinterpret_cast<partition::record_gate*>(&asked);
  }
  [[nodiscard]] partition::retention_extension* retention(const std::string& name) override {
    asked.push_back("retention " + name);
    return reinterpret_cast<partition::retention_extension*>(&asked);
  }
  [[nodiscard]] const record::codec_set& codecs() const noexcept override {
    return record::no_codecs();
  }
  void disable(std::string_view, unique_function<void(bool)>) override {}
  void report(unique_function<void(extension::extension_report)>) override {}
  hang_findings look_for_hanging_calls() override { return {}; }
  void check_rule(std::string, std::string, rule_check) override {}
  [[nodiscard]] bool has(std::string_view name) const override { return name == "lua:known.lua"; }

  std::vector<std::string> asked;
};

TEST_F(topic_policies_test, extensions_are_attached_to_topics_that_name_them) {
  fake_extensions extensions;
  topic_policies policies({}, random);
  policies.use(extensions);
  const auto plain = policies.policy_for({});
  EXPECT_EQ(plain->partitioner, nullptr);
  EXPECT_EQ(plain->gate, nullptr);
  EXPECT_EQ(plain->retention_extension, nullptr);
  EXPECT_TRUE(extensions.asked.empty());
  const auto named = policies.policy_for({{"tidemill.partitioner", "murmur2"},
                                          {"tidemill.partitioner.mode", "verify-reject"},
                                          {"tidemill.retention", "disk"},
                                          {"tidemill.validate", "small"}});
  EXPECT_NE(named->partitioner, nullptr);
  EXPECT_NE(named->gate, nullptr);
  EXPECT_NE(named->retention_extension, nullptr);
  EXPECT_EQ(extensions.asked,
            (std::vector<std::string>{"reject murmur2", "gate small", "retention disk"}));
  EXPECT_NE(plain->epoch, named->epoch);
}

TEST_F(topic_policies_test, a_partitioner_that_only_the_clients_follow_is_not_asked) {
  fake_extensions extensions;
  topic_policies policies({}, random);
  policies.use(extensions);
  EXPECT_EQ(policies.policy_for({{"tidemill.partitioner", "murmur2"}})->partitioner, nullptr);
}

TEST(extension_names, each_setting_asks_for_its_kind) {
  const fake_extensions extensions;
  int looks = 0;
  const extension_names names(extensions, [&looks](unique_function<void()> done) {
    ++looks;
    done();
  });
  EXPECT_TRUE(names.is_worth_a_look("lua:new.lua"));
  EXPECT_FALSE(names.is_worth_a_look("lua:known.lua"));
  EXPECT_FALSE(names.is_worth_a_look("murmur2"));
  bool has_looked = false;
  names.look([&has_looked] { has_looked = true; });
  EXPECT_TRUE(has_looked);
  EXPECT_EQ(looks, 1);
  EXPECT_EQ(names.problem_with("tidemill.partitioner", "x"), "partitioner x");
  EXPECT_EQ(names.problem_with("tidemill.retention", "x"), "retention x");
  EXPECT_EQ(names.problem_with("tidemill.validate", "x"), "transform x");
  EXPECT_EQ(names.problem_with("retention.ms", "x"), std::nullopt);
  EXPECT_EQ(problem_with_defaults({{"tidemill.validate", "x"}}, names),
            "topic_defaults.tidemill.validate: transform x");
}

TEST(wanted_extensions, own_directories_come_before_those_of_the_program) {
  config::configuration from;
  from.extensions.directories = {"/opt/plugins"};
  from.extensions.shipped_plugins = true;
  const auto wanted = wanted_extensions(from, "/usr/bin");
  EXPECT_EQ(wanted.directories, std::vector<std::string>{"/opt/plugins"});
  ASSERT_EQ(wanted.shipped_directories.size(), 2U);
  EXPECT_EQ(wanted.shipped_directories[0], "/usr/plugins");
  EXPECT_TRUE(wanted.shipped_directories[1].ends_with("/tidemill/plugins"));
  from.extensions.shipped_plugins = false;
  EXPECT_TRUE(wanted_extensions(from, "/usr/bin").shipped_directories.empty());
}

}  // namespace
}  // namespace tidemill::server
