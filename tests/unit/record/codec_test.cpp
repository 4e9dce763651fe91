#include "record/codec.hpp"

#include <gtest/gtest.h>

#include "test_codecs.hpp"

namespace tidemill::record {
namespace {

TEST(codec_set, codecs_are_found_by_type_and_none_at_first) {
  const codec* zstd = testing::library_codecs().find(compression_type::zstd);
  ASSERT_NE(zstd, nullptr);
  codec_set set;
  for (std::size_t id = 0; id < compression_type_count; ++id) {
    EXPECT_EQ(set.find(static_cast<compression_type>(id)), nullptr);
    EXPECT_EQ(no_codecs().find(static_cast<compression_type>(id)), nullptr);
  }
  set.set(compression_type::zstd, zstd);
  EXPECT_EQ(set.find(compression_type::zstd), zstd);
  EXPECT_EQ(set.find(compression_type::lz4), nullptr);
  set.set(compression_type::zstd, nullptr);
  EXPECT_EQ(set.find(compression_type::zstd), nullptr);
}

}  // namespace
}  // namespace tidemill::record
