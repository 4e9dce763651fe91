#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tidemill/testkit/partitioner.hpp"

namespace tidemill::testkit {
namespace {

TEST(fnv1a, every_key_goes_where_the_real_client_sends_it) {
  partitioner fnv1a(TIDEMILL_PLUGIN_FILE);
  const auto compared = fnv1a.compare(TIDEMILL_GOLDEN_DIRECTORY "/fnv1a.tsv");
  EXPECT_THAT(compared.differences, testing::IsEmpty());
  EXPECT_GE(compared.answers, 1000U);
}

TEST(fnv1a, no_key_leaves_the_choice_to_the_client) {
  partitioner fnv1a(TIDEMILL_PLUGIN_FILE);
  EXPECT_EQ(fnv1a.choose(std::nullopt, 12), TIDEMILL_PARTITION_ANY);
}

}  // namespace
}  // namespace tidemill::testkit
