#include <gtest/gtest.h>

#include "tidemill/testkit/partitioner.hpp"

namespace tidemill::testkit {
namespace {

TEST(range, keys_fall_into_the_range_that_begins_before_them) {
  partitioner range(TIDEMILL_PLUGIN_FILE, {{"splits", "[eu-, us-]"}});
  EXPECT_EQ(range.choose("", 3), 0);
  EXPECT_EQ(range.choose("asia-1", 3), 0);
  EXPECT_EQ(range.choose("eu-", 3), 1);
  EXPECT_EQ(range.choose("eu-17", 3), 1);
  EXPECT_EQ(range.choose("us-1", 3), 2);
  EXPECT_EQ(range.choose("\xff", 3), 2);
}

TEST(range, more_ranges_than_partitions_end_in_the_last_partition) {
  partitioner range(TIDEMILL_PLUGIN_FILE, {{"splits", "[b, c, d, e]"}});
  EXPECT_EQ(range.choose("z", 2), 1);
  EXPECT_EQ(range.choose("z", 1), 0);
}

TEST(range, a_null_key_is_treated_as_configured) {
  partitioner lenient(TIDEMILL_PLUGIN_FILE, {{"splits", "[b]"}});
  EXPECT_EQ(lenient.choose(std::nullopt, 2), TIDEMILL_PARTITION_ANY);
  partitioner strict(TIDEMILL_PLUGIN_FILE, {{"splits", "[b]"}, {"without_key", "reject"}});
  EXPECT_EQ(strict.choose(std::nullopt, 2), TIDEMILL_PARTITION_REJECT);
}

TEST(range, bad_configuration_is_refused_in_words) {
  const auto message = [](const settings& given) -> std::string {
    try {
      partitioner range(TIDEMILL_PLUGIN_FILE, given);
    } catch (const std::runtime_error& refused) {
      return refused.what();
    }
    return "accepted";
  };
  EXPECT_EQ(message({{"splits", "[b, a]"}}), "splits: 'a' does not come after 'b'");
  EXPECT_EQ(message({{"splits", "[a]"}, {"without_key", "drop"}}),
            "without_key: expected any or reject, not 'drop'");
}

}  // namespace
}  // namespace tidemill::testkit
