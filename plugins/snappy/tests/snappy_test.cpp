#include "tidemill/testkit/codec_conformance.hpp"

namespace tidemill::testkit {
namespace {

/// "tidemilltidemill", raw: its length, a literal of eight bytes, a copy of eight from eight back.
const std::string raw_block("\x10\x1ctidemill\x11\x08", 12);
const std::string java_header("\x82SNAPPY\0\0\0\0\1\0\0\0\1", 16);

TEST(snappy, a_raw_block_as_librdkafka_sends_is_read) {
  codec snappy(TIDEMILL_PLUGIN_FILE);
  const auto plain = snappy.decompress(raw_block);
  EXPECT_EQ(plain.status, TIDEMILL_DONE) << plain.message;
  EXPECT_EQ(plain.bytes, "tidemilltidemill");
}

TEST(snappy, blocks_as_java_sends_are_read_and_headers_between_them) {
  codec snappy(TIDEMILL_PLUGIN_FILE);
  const std::string block = std::string("\0\0\0\x0c", 4) + raw_block;
  const auto plain = snappy.decompress(java_header + block + block + java_header + block);
  EXPECT_EQ(plain.status, TIDEMILL_DONE) << plain.message;
  EXPECT_EQ(plain.bytes.size(), 48U);
}

TEST(snappy, a_length_that_cannot_be_is_refused_before_memory_is_taken) {
  codec snappy(TIDEMILL_PLUGIN_FILE);
  EXPECT_EQ(snappy.decompress(std::string("\xff\xff\xff\xff\x0f\x00", 6)).status, TIDEMILL_CORRUPT);
  EXPECT_EQ(snappy.decompress(java_header + std::string("\x7f\xff\xff\xff\x01", 5)).status,
            TIDEMILL_CORRUPT);
}

}  // namespace
}  // namespace tidemill::testkit
