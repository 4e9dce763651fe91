#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tidemill/testkit/partitioner.hpp"

namespace tidemill::testkit {
namespace {

TEST(crc32, every_key_goes_where_the_real_client_sends_it) {
  partitioner crc32(TIDEMILL_PLUGIN_FILE);
  const auto compared = crc32.compare(TIDEMILL_GOLDEN_DIRECTORY "/crc32.tsv");
  EXPECT_THAT(compared.differences, testing::IsEmpty());
  EXPECT_GE(compared.answers, 1000U);
}

TEST(crc32, no_key_leaves_the_choice_to_the_client) {
  partitioner crc32(TIDEMILL_PLUGIN_FILE);
  EXPECT_EQ(crc32.choose(std::nullopt, 12), TIDEMILL_PARTITION_ANY);
}

}  // namespace
}  // namespace tidemill::testkit
