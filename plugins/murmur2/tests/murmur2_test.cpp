#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tidemill/testkit/partitioner.hpp"

namespace tidemill::testkit {
namespace {

TEST(murmur2, every_key_goes_where_the_java_client_sends_it) {
  partitioner murmur2(TIDEMILL_PLUGIN_FILE);
  const auto compared = murmur2.compare(TIDEMILL_GOLDEN_DIRECTORY "/murmur2.tsv");
  EXPECT_THAT(compared.differences, testing::IsEmpty());
  EXPECT_GE(compared.answers, 1000U);
}

TEST(murmur2, no_key_leaves_the_choice_to_the_client) {
  partitioner murmur2(TIDEMILL_PLUGIN_FILE);
  EXPECT_EQ(murmur2.choose(std::nullopt, 12), TIDEMILL_PARTITION_ANY);
  EXPECT_NE(murmur2.choose("", 12), TIDEMILL_PARTITION_ANY);
}

TEST(murmur2, batches_of_any_size_are_answered_record_by_record) {
  partitioner murmur2(TIDEMILL_PLUGIN_FILE);
  records none;
  EXPECT_TRUE(murmur2.choose(none).empty());
  records many;
  for (int i = 0; i < 65'536; ++i) {
    many.add_keys({std::to_string(i % 100)});
  }
  const auto partitions = murmur2.choose(many);
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    ASSERT_EQ(partitions[i], partitions[i % 100]);
  }
}

TEST(murmur2, only_the_keys_are_asked_for) {
  partitioner murmur2(TIDEMILL_PLUGIN_FILE);
  EXPECT_EQ(murmur2.table().needs, std::uint32_t{TIDEMILL_KEYS});
  EXPECT_EQ(murmur2.table().flags, std::uint32_t{TIDEMILL_DETERMINISTIC});
}

}  // namespace
}  // namespace tidemill::testkit
