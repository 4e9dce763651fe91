#include "metadata/topic_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>

namespace tidemill::metadata {
namespace {

using testing::HasSubstr;

std::string problem(std::string_view name, std::string_view value) {
  return topic_setting_problem(name, value).value_or("");
}

// As Apache Kafka 4.3.1 answers DescribeConfigs for a topic: name, default, type, broker name.
struct kafka_setting {
  std::string_view name, value;
  int type;
  std::string_view broker_name;
};
constexpr std::array kafka_settings{
    kafka_setting{"cleanup.policy", "delete", 7, "log.cleanup.policy"},
    kafka_setting{"compression.gzip.level", "-1", 3, "compression.gzip.level"},
    kafka_setting{"compression.lz4.level", "9", 3, "compression.lz4.level"},
    kafka_setting{"compression.type", "producer", 2, "compression.type"},
    kafka_setting{"compression.zstd.level", "3", 3, "compression.zstd.level"},
    kafka_setting{"delete.retention.ms", "86400000", 5, "log.cleaner.delete.retention.ms"},
    kafka_setting{"file.delete.delay.ms", "60000", 5, "log.segment.delete.delay.ms"},
    kafka_setting{"flush.messages", "9223372036854775807", 5, "log.flush.interval.messages"},
    kafka_setting{"flush.ms", "9223372036854775807", 5, "log.flush.interval.ms"},
    kafka_setting{"follower.replication.throttled.replicas", "", 7, ""},
    kafka_setting{"index.interval.bytes", "4096", 3, "log.index.interval.bytes"},
    kafka_setting{"leader.replication.throttled.replicas", "", 7, ""},
    kafka_setting{"local.retention.bytes", "-2", 5, "log.local.retention.bytes"},
    kafka_setting{"local.retention.ms", "-2", 5, "log.local.retention.ms"},
    kafka_setting{"max.compaction.lag.ms", "9223372036854775807", 5,
                  "log.cleaner.max.compaction.lag.ms"},
    kafka_setting{"max.message.bytes", "1048588", 3, "message.max.bytes"},
    kafka_setting{"message.timestamp.after.max.ms", "3600000", 5,
                  "log.message.timestamp.after.max.ms"},
    kafka_setting{"message.timestamp.before.max.ms", "9223372036854775807", 5,
                  "log.message.timestamp.before.max.ms"},
    kafka_setting{"message.timestamp.type", "CreateTime", 2, "log.message.timestamp.type"},
    kafka_setting{"min.cleanable.dirty.ratio", "0.5", 6, "log.cleaner.min.cleanable.ratio"},
    kafka_setting{"min.compaction.lag.ms", "0", 5, "log.cleaner.min.compaction.lag.ms"},
    kafka_setting{"min.insync.replicas", "1", 3, "min.insync.replicas"},
    kafka_setting{"preallocate", "false", 1, "log.preallocate"},
    kafka_setting{"remote.log.copy.disable", "false", 1, ""},
    kafka_setting{"remote.log.delete.on.disable", "false", 1, ""},
    kafka_setting{"remote.storage.enable", "false", 1, ""},
    kafka_setting{"retention.bytes", "-1", 5, "log.retention.bytes"},
    kafka_setting{"retention.ms", "604800000", 5, "log.retention.ms"},
    kafka_setting{"segment.bytes", "1073741824", 3, "log.segment.bytes"},
    kafka_setting{"segment.index.bytes", "10485760", 3, "log.index.size.max.bytes"},
    kafka_setting{"segment.jitter.ms", "0", 5, "log.roll.jitter.ms"},
    kafka_setting{"segment.ms", "604800000", 5, "log.roll.ms"},
    kafka_setting{"unclean.leader.election.enable", "false", 1, "unclean.leader.election.enable"},
};

TEST(topic_settings, table_is_that_of_kafka_and_some_of_our_own) {
  EXPECT_EQ(topic_setting_definitions().size(), kafka_settings.size() + 5);
  for (const auto& expected : kafka_settings) {
    const auto* definition = find_topic_setting(expected.name);
    ASSERT_NE(definition, nullptr) << expected.name;
    EXPECT_EQ(definition->default_value, expected.value) << expected.name;
    EXPECT_EQ(static_cast<int>(definition->type), expected.type) << expected.name;
    EXPECT_EQ(definition->broker_name, expected.broker_name) << expected.name;
    EXPECT_FALSE(definition->documentation.empty()) << expected.name;
    EXPECT_FALSE(definition->is_sensitive) << expected.name;
  }
  for (const std::string_view own :
       {"tidemill.partitioner", "tidemill.partitioner.mode", "tidemill.retention",
        "tidemill.validate", "tidemill.validation.depth"}) {
    EXPECT_NE(find_topic_setting(own), nullptr) << own;
  }
}

class one_extension final : public extension_catalog {
 public:
  [[nodiscard]] std::optional<std::string> problem_with(std::string_view,
                                                        std::string_view extension) const override {
    return extension == "murmur2" ? std::nullopt
                                  : std::optional<std::string>("there is only murmur2");
  }
};

TEST(topic_settings, extensions_that_are_not_there_are_refused_by_the_catalog) {
  const one_extension catalog;
  EXPECT_EQ(extension_problem("tidemill.partitioner", "murmur2", &catalog), std::nullopt);
  EXPECT_EQ(extension_problem("tidemill.partitioner", "", &catalog), std::nullopt);
  EXPECT_EQ(extension_problem("retention.ms", "5", &catalog), std::nullopt);
  EXPECT_EQ(extension_problem("tidemill.validate", "x", &catalog),
            "tidemill.validate: there is only murmur2");
  EXPECT_EQ(extension_problem("tidemill.retention", "x", nullptr),
            "tidemill.retention: this broker has no extensions");
}

TEST(topic_settings, names_of_extensions_are_names) {
  EXPECT_EQ(problem("tidemill.partitioner", "a-B_9"), "");
  EXPECT_NE(problem("tidemill.partitioner", "../x"), "");
  EXPECT_NE(problem("tidemill.partitioner", std::string(65, 'a')), "");
}

TEST(topic_settings, verification_needs_somebody_to_verify_with) {
  EXPECT_NE(contradiction({{"tidemill.partitioner.mode", "verify-warn"}}, {}), std::nullopt);
  EXPECT_EQ(
      contradiction(
          {{"tidemill.partitioner", "murmur2"}, {"tidemill.partitioner.mode", "verify-warn"}}, {}),
      std::nullopt);
  EXPECT_EQ(contradiction({{"tidemill.partitioner.mode", "verify-warn"}},
                          {{"tidemill.partitioner", "murmur2"}}),
            std::nullopt);
}

TEST(topic_settings, every_default_is_a_value_that_is_taken) {
  for (const auto& definition : topic_setting_definitions()) {
    EXPECT_EQ(problem(definition.name, definition.default_value), "");
    EXPECT_FALSE(valid_values(definition).empty());
  }
}

// What Apache Kafka 4.3.1 answered to CreateTopics with each of these.
TEST(topic_settings, values_that_kafka_refuses_are_refused) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 55> refused{{
      {"retention.ms", "abc"},
      {"retention.ms", "-2"},
      {"retention.ms", ""},
      {"cleanup.policy", "foo"},
      {"compression.type", "foo"},
      {"segment.bytes", "13"},
      {"segment.bytes", "1048575"},
      {"segment.bytes", "99999999999"},
      {"segment.bytes", "1e9"},
      {"min.insync.replicas", "0"},
      {"min.cleanable.dirty.ratio", "1.5"},
      {"min.cleanable.dirty.ratio", "-0.1"},
      {"min.cleanable.dirty.ratio", "nan"},
      {"min.cleanable.dirty.ratio", "inf"},
      {"min.cleanable.dirty.ratio", "Infinity"},
      {"min.cleanable.dirty.ratio", "-Infinity"},
      {"min.cleanable.dirty.ratio", ""},
      {"min.cleanable.dirty.ratio", "0x1"},
      {"min.cleanable.dirty.ratio", "f"},
      {"cleanup.policy", "delete,"},
      {"cleanup.policy", "DELETE"},
      {"message.timestamp.type", "createtime"},
      {"preallocate", "maybe"},
      {"message.timestamp.type", "x"},
      {"max.message.bytes", "-1"},
      {"max.message.bytes", "2147483648"},
      {"segment.ms", "0"},
      {"segment.index.bytes", "3"},
      {"local.retention.ms", "-3"},
      {"compression.gzip.level", "10"},
      {"compression.gzip.level", "0"},
      {"compression.gzip.level", "-2"},
      {"compression.lz4.level", "0"},
      {"compression.lz4.level", "18"},
      {"compression.zstd.level", "23"},
      {"compression.zstd.level", "-131073"},
      {"follower.replication.throttled.replicas", "x"},
      {"leader.replication.throttled.replicas", "1:2,3"},
      {"flush.messages", "0"},
      {"flush.ms", "-1"},
      {"index.interval.bytes", "-1"},
      {"segment.jitter.ms", "-1"},
      {"file.delete.delay.ms", "-1"},
      {"delete.retention.ms", "-1"},
      {"min.compaction.lag.ms", "-1"},
      {"max.compaction.lag.ms", "0"},
      {"message.timestamp.before.max.ms", "-1"},
      {"message.timestamp.after.max.ms", "-1"},
      {"remote.storage.enable", "true"},
      {"message.format.version", "3.0"},
      {"message.timestamp.difference.max.ms", "1"},
      {"unclean.leader.election.enable", "yes"},
      {"retention.ms", "9223372036854775808"},
      {"retention.ms", "+-5"},
      {"retention.ms", "5 ms"},
  }};
  for (const auto& [name, value] : refused) {
    EXPECT_NE(problem(name, value), "") << name << "=" << value;
  }
}

TEST(topic_settings, values_that_kafka_takes_are_taken) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 27> taken{{
      {"retention.ms", "-1"},
      {"retention.ms", " 5 "},
      {"retention.ms", "+5"},
      {"retention.ms", "05"},
      {"retention.bytes", "1024"},
      {"retention.bytes", "-7"},
      {"retention.bytes", "-9223372036854775808"},
      {"cleanup.policy", ""},
      {"message.timestamp.type", " LogAppendTime"},
      {"min.cleanable.dirty.ratio", "NaN"},
      {"min.cleanable.dirty.ratio", "-NaN"},
      {"min.cleanable.dirty.ratio", "0x1p-2"},
      {"min.cleanable.dirty.ratio", "0.5f"},
      {"min.cleanable.dirty.ratio", "0.5d"},
      {"min.cleanable.dirty.ratio", ".5"},
      {"min.cleanable.dirty.ratio", "1e-3"},
      {"segment.bytes", "1048576"},
      {"segment.bytes", "2147483647"},
      {"segment.index.bytes", "4"},
      {"preallocate", "FALSE"},
      {"local.retention.ms", "99999999999"},
      {"local.retention.bytes", "1"},
      {"cleanup.policy", " delete , delete"},
      {"min.insync.replicas", "5"},
      {"message.timestamp.type", "LogAppendTime"},
      {"unclean.leader.election.enable", "true"},
      {"min.cleanable.dirty.ratio", "1"},
  }};
  for (const auto& [name, value] : taken) {
    EXPECT_EQ(problem(name, value), "") << name << "=" << value;
  }
}

TEST(topic_settings, what_cannot_be_honoured_is_refused_not_ignored) {
  EXPECT_EQ(problem("preallocate", "true"),
            "preallocate: \"true\" is not supported by this broker, only false can be set");
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
           {"flush.messages", "100"},
           {"preallocate", "TRUE"},
           {"remote.storage.enable", "true"},
           {"follower.replication.throttled.replicas", "*"},
           {"leader.replication.throttled.replicas", "0:1,1:2"}}) {
    EXPECT_THAT(problem(name, value), HasSubstr("is not supported by this broker")) << name;
  }
  EXPECT_EQ(problem("flush.messages", "1"), "");
}

TEST(topic_settings, values_are_shown_as_kafka_shows_them) {
  const auto shown = [](std::string_view name, std::string_view value) {
    return canonical_value(*find_topic_setting(name), value);
  };
  EXPECT_EQ(shown("retention.ms", " +05 "), "5");
  EXPECT_EQ(shown("retention.bytes", "-7"), "-7");
  EXPECT_EQ(shown("preallocate", " FALSE"), "false");
  EXPECT_EQ(shown("cleanup.policy", " delete , delete"), "delete,delete");
  EXPECT_EQ(shown("cleanup.policy", " "), "");
  EXPECT_EQ(shown("message.timestamp.type", " CreateTime "), "CreateTime");
  EXPECT_EQ(shown("min.cleanable.dirty.ratio", ".5"), "0.5");
  EXPECT_EQ(shown("min.cleanable.dirty.ratio", "1"), "1.0");
  EXPECT_EQ(shown("min.cleanable.dirty.ratio", "0"), "0.0");
  EXPECT_EQ(shown("min.cleanable.dirty.ratio", "1e-4"), "1.0E-4");
  EXPECT_EQ(shown("min.cleanable.dirty.ratio", "1.5e-12"), "1.5E-12");
  EXPECT_EQ(shown("min.cleanable.dirty.ratio", "NaN"), "NaN");
}

TEST(topic_settings, an_empty_cleanup_policy_keeps_everything) {
  const auto kept = resolve({{"cleanup.policy", ""}, {"retention.bytes", "5"}}, {});
  EXPECT_EQ(kept.retention_bytes, std::nullopt);
  EXPECT_EQ(kept.retention_ms, std::nullopt);
  EXPECT_EQ(resolve({{"retention.bytes", "-7"}}, {}).retention_bytes, std::nullopt);
  EXPECT_EQ(resolve({{"message.timestamp.type", " LogAppendTime"}}, {}).timestamp_type,
            message_timestamp_type::log_append_time);
}

TEST(topic_settings, cleanup_policies_are_told_apart) {
  EXPECT_EQ(problem("cleanup.policy", "delete,compact"), "");
  const auto compacted = resolve({{"cleanup.policy", "compact"},
                                  {"max.compaction.lag.ms", "7"},
                                  {"min.cleanable.dirty.ratio", ".1"},
                                  {"min.compaction.lag.ms", "5"},
                                  {"retention.ms", "9"}},
                                 {});
  EXPECT_TRUE(compacted.compacts);
  EXPECT_FALSE(compacted.deletes);
  EXPECT_EQ(compacted.dirty_ratio_min, 0.1);
  EXPECT_EQ(compacted.compaction_lag_min_ms, 5);
  EXPECT_EQ(compacted.compaction_lag_max_ms, 7);
  EXPECT_EQ(compacted.retention_ms, std::nullopt);
  const auto both = resolve({{"cleanup.policy", " delete , compact"}, {"retention.ms", "9"}}, {});
  EXPECT_TRUE(both.compacts && both.deletes);
  EXPECT_EQ(both.retention_ms, 9);
  EXPECT_EQ(both.compaction_lag_max_ms, std::nullopt);
  EXPECT_FALSE(resolve({}, {}).compacts);
}

TEST(topic_settings, messages_say_what_was_found_and_expected) {
  EXPECT_EQ(problem("retention.ms", "abc"),
            "retention.ms: found \"abc\", expected an integer >= -1 (milliseconds)");
  EXPECT_EQ(problem("segment.bytes", "1"),
            "segment.bytes: found \"1\", expected an integer from 1048576 to 2147483647 (bytes)");
  EXPECT_EQ(problem("compression.gzip.level", "0"),
            "compression.gzip.level: found \"0\", expected -1 or an integer from 1 to 9");
  EXPECT_EQ(problem("retention.mss", "1"),
            "\"retention.mss\": no such topic setting, did you mean retention.ms?");
  EXPECT_EQ(problem("tidemil.validation.deph", "full"),
            "\"tidemil.validation.deph\": no such topic setting, did you mean "
            "tidemill.validation.depth?");
  EXPECT_EQ(problem("nosuch", "1"), "\"nosuch\": no such topic setting");
  EXPECT_LT(problem(std::string(100'000, 'x'), "1").size(), 200U);
  EXPECT_LT(problem("retention.ms", std::string(100'000, '\n')).size(), 300U);
}

TEST(topic_settings, defaults_may_bear_the_names_of_the_broker) {
  EXPECT_EQ(canonical_default_name("log.retention.ms"), "retention.ms");
  EXPECT_EQ(canonical_default_name("message.max.bytes"), "max.message.bytes");
  EXPECT_EQ(canonical_default_name("segment.bytes"), "segment.bytes");
  EXPECT_EQ(canonical_default_name("num.partitions"), partition_count_setting);
  EXPECT_EQ(canonical_default_name("nosuch"), std::nullopt);
  EXPECT_EQ(canonical_default_name(""), std::nullopt);
  EXPECT_EQ(topic_default_problem("num.partitions", "12"), std::nullopt);
  EXPECT_THAT(topic_default_problem("num.partitions", "0").value_or(""), HasSubstr("found \"0\""));
  EXPECT_THAT(topic_default_problem("num.partition", "1").value_or(""),
              HasSubstr("did you mean num.partitions?"));
  EXPECT_THAT(topic_default_problem("log.retention.ms", "x").value_or(""),
              HasSubstr("expected an integer >= -1"));
}

TEST(topic_settings, resolve_takes_topic_before_broker_before_built_in) {
  EXPECT_EQ(resolve({}, {}), topic_settings{});
  const setting_list defaults{{"retention.ms", "1000"}, {"segment.bytes", "2097152"}};
  const setting_list overrides{{"message.timestamp.type", "LogAppendTime"},
                               {"retention.ms", "-1"},
                               {"tidemill.validation.depth", "header"}};
  const auto resolved = resolve(overrides, defaults);
  EXPECT_EQ(resolved.retention_ms, std::nullopt);
  EXPECT_EQ(resolved.segment_bytes, 2097152);
  EXPECT_EQ(resolved.timestamp_type, message_timestamp_type::log_append_time);
  EXPECT_EQ(resolved.validation, validation_depth::header);
  EXPECT_EQ(resolved.max_message_bytes, 1048588);
  EXPECT_EQ(resolve({{"flush.messages", "1"}}, {}).flush_messages, 1);
}

TEST(topic_settings, a_stored_value_that_no_longer_parses_counts_as_not_set) {
  EXPECT_EQ(resolve({{"retention.ms", "soon"}}, {}), topic_settings{});
}

TEST(topic_settings, effective_settings_tell_where_each_value_comes_from) {
  const setting_list defaults{{"retention.ms", "1000"}, {"segment.bytes", "2097152"}};
  const setting_list overrides{{"retention.ms", "5"}};
  const auto all = effective_settings(overrides, defaults);
  ASSERT_EQ(all.size(), topic_setting_definitions().size());
  for (const auto& each : all) {
    if (each.definition->name == "retention.ms") {
      EXPECT_EQ(each.value, "5");
      EXPECT_EQ(each.source, setting_source::topic);
    } else if (each.definition->name == "segment.bytes") {
      EXPECT_EQ(each.source, setting_source::broker_default);
    } else {
      EXPECT_EQ(each.source, setting_source::built_in);
      EXPECT_EQ(each.value, each.definition->default_value);
    }
  }
}

TEST(topic_settings, compaction_lags_that_exclude_each_other_are_a_contradiction) {
  EXPECT_EQ(contradiction({}, {}), std::nullopt);
  EXPECT_EQ(contradiction({{"min.compaction.lag.ms", "10"}}, {{"max.compaction.lag.ms", "5"}}),
            "min.compaction.lag.ms (10) is greater than max.compaction.lag.ms (5)");
}

}  // namespace
}  // namespace tidemill::metadata
