#define TIDEMILL_GOLDEN_FILE TIDEMILL_GOLDEN_DIRECTORY "/murmur2.tsv"
#include "tidemill/testkit/hash_conformance.hpp"

namespace tidemill::testkit {
namespace {

TEST(murmur2, an_empty_key_is_hashed) {
  partitioner murmur2(TIDEMILL_PLUGIN_FILE);
  EXPECT_NE(murmur2.choose("", 12), TIDEMILL_PARTITION_ANY);
}

}  // namespace
}  // namespace tidemill::testkit
