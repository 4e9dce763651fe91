#include "tidemill/testkit/codec_conformance.hpp"

namespace tidemill::testkit {
namespace {

TEST(lz4, what_kafka_refuses_is_refused) {
  codec lz4(TIDEMILL_PLUGIN_FILE);
  const std::string good = lz4.compress("tidemill").bytes;
  const auto status_with = [&](std::size_t at, int value) {
    std::string frame = good;
    frame[at] = static_cast<char>(value);
    return lz4.decompress(frame);
  };
  EXPECT_EQ(status_with(0, 0x50).message, "not an lz4 frame");
  EXPECT_EQ(status_with(4, 0x40).message, "an lz4 frame whose blocks depend on each other");
  EXPECT_EQ(status_with(4, 0xa0).message, "an lz4 frame of another version");
  EXPECT_EQ(status_with(4, 0x61).message, "an lz4 frame with a dictionary or reserved bits");
  EXPECT_EQ(status_with(5, 0x30).message, "an lz4 frame with a block size that does not exist");
  EXPECT_EQ(status_with(6, good[6] ^ 1).status, TIDEMILL_CORRUPT);
}

TEST(lz4, what_follows_the_frame_is_left_alone) {
  codec lz4(TIDEMILL_PLUGIN_FILE);
  const auto plain = lz4.decompress(lz4.compress("tidemill").bytes + "more");
  EXPECT_EQ(plain.status, TIDEMILL_DONE);
  EXPECT_EQ(plain.left_bytes, 4U);
}

}  // namespace
}  // namespace tidemill::testkit
