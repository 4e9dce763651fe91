#include "tidemill/testkit/codec_conformance.hpp"

namespace tidemill::testkit {
namespace {

TEST(zstd, parts_that_follow_each_other_are_one_batch) {
  codec zstd(TIDEMILL_PLUGIN_FILE);
  const auto plain = zstd.decompress(zstd.compress("tide").bytes + zstd.compress("mill").bytes);
  EXPECT_EQ(plain.status, TIDEMILL_DONE) << plain.message;
  EXPECT_EQ(plain.bytes, "tidemill");
}

}  // namespace
}  // namespace tidemill::testkit
