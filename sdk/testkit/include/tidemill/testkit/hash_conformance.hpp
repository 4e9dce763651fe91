#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tidemill/testkit/partitioner.hpp"

/// What every partitioner must do that stands for the hash of a client library; for GoogleTest.
/// Include it once, with TIDEMILL_PLUGIN_FILE defined as the plugin's path and TIDEMILL_GOLDEN_FILE
/// as that of the client's answers (golden.hpp).
namespace tidemill::testkit {

TEST(hash_conformance, every_key_goes_where_the_real_client_sends_it) {
  partitioner hash(TIDEMILL_PLUGIN_FILE);
  const auto compared = hash.compare(TIDEMILL_GOLDEN_FILE);
  EXPECT_THAT(compared.differences, testing::IsEmpty());
  EXPECT_GE(compared.answers, 1000U);
}

TEST(hash_conformance, no_key_leaves_the_choice_to_the_client) {
  partitioner hash(TIDEMILL_PLUGIN_FILE);
  EXPECT_EQ(hash.choose(std::nullopt, 12), TIDEMILL_PARTITION_ANY);
}

TEST(hash_conformance, batches_of_any_size_are_answered_record_by_record) {
  partitioner hash(TIDEMILL_PLUGIN_FILE);
  records none;
  EXPECT_TRUE(hash.choose(none).empty());
  records many;
  for (int i = 0; i < 65'536; ++i) {
    many.add_keys({std::to_string(i % 100)});
  }
  const auto partitions = hash.choose(many);
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    ASSERT_EQ(partitions[i], partitions[i % 100]);
  }
}

TEST(hash_conformance, only_the_keys_are_asked_for) {
  partitioner hash(TIDEMILL_PLUGIN_FILE);
  EXPECT_EQ(hash.table().needs, std::uint32_t{TIDEMILL_KEYS});
  EXPECT_EQ(hash.table().flags, std::uint32_t{TIDEMILL_DETERMINISTIC});
}

}  // namespace tidemill::testkit
