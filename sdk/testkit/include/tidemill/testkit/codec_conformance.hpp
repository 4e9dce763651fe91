#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "tidemill/testkit/codec.hpp"

/// What every codec must do, whatever its format; for GoogleTest. Include it once, with
/// TIDEMILL_PLUGIN_FILE defined as the plugin's path.
namespace tidemill::testkit {

inline std::string random_text(std::size_t size, unsigned alphabet) {
  std::mt19937 generator(17);
  std::string text(size, '\0');
  for (char& letter : text) {
    letter = static_cast<char>(generator() % alphabet);
  }
  return text;
}

inline std::vector<std::string> sample_texts() {
  return {"",
          "a",
          "tidemill",
          std::string(100'000, 'z'),
          random_text(70'000, 256),
          random_text(300'000, 4),
          random_text(65'536, 16),
          random_text(32'768, 256)};
}

TEST(codec_conformance, what_is_compressed_comes_back) {
  codec codec(TIDEMILL_PLUGIN_FILE);
  for (const std::string& text : sample_texts()) {
    const auto packed = codec.compress(text);
    ASSERT_EQ(packed.status, TIDEMILL_DONE) << packed.message;
    EXPECT_EQ(packed.steps, 1U) << "compressed_bytes_max is not enough for " << text.size();
    const auto plain = codec.decompress(packed.bytes);
    ASSERT_EQ(plain.status, TIDEMILL_DONE) << plain.message;
    EXPECT_EQ(plain.steps, 1U);
    EXPECT_EQ(plain.bytes, text);
    EXPECT_EQ(plain.left_bytes, 0U);
  }
}

TEST(codec_conformance, every_level_compresses) {
  codec codec(TIDEMILL_PLUGIN_FILE);
  const std::string text = random_text(5000, 8);
  const std::int32_t lowest = std::max(codec.table().level_min, -5);
  for (std::int32_t level = lowest; level <= codec.table().level_max; ++level) {
    const auto packed = codec.compress(text, level);
    ASSERT_EQ(packed.status, TIDEMILL_DONE) << level << packed.message;
    EXPECT_EQ(codec.decompress(packed.bytes).bytes, text);
  }
  EXPECT_EQ(codec.compress(text, codec.table().level_max + 1).status, TIDEMILL_INVALID);
}

TEST(codec_conformance, pieces_of_any_size_give_the_same) {
  codec codec(TIDEMILL_PLUGIN_FILE);
  for (const std::string& text : {std::string(), random_text(3000, 6), random_text(90'000, 200)}) {
    for (const codec::pieces by : {codec::pieces{1, SIZE_MAX}, codec::pieces{SIZE_MAX, 1},
                                   codec::pieces{7, 5}, codec::pieces{40'000, 1000}}) {
      const auto packed = codec.compress(text, TIDEMILL_LEVEL_DEFAULT, by);
      ASSERT_EQ(packed.status, TIDEMILL_DONE) << packed.message;
      const auto plain = codec.decompress(packed.bytes, {}, by);
      ASSERT_EQ(plain.status, TIDEMILL_DONE) << plain.message;
      EXPECT_EQ(plain.bytes, text);
    }
  }
}

TEST(codec_conformance, a_limit_in_bytes_is_kept_exactly) {
  codec codec(TIDEMILL_PLUGIN_FILE);
  const std::string text = random_text(20'000, 3);
  const auto packed = codec.compress(text);
  const auto enough = codec.decompress(packed.bytes, {.bytes_max = text.size()});
  EXPECT_EQ(enough.status, TIDEMILL_DONE) << enough.message;
  EXPECT_EQ(enough.bytes, text);
  const auto little = codec.decompress(packed.bytes, {.bytes_max = text.size() - 1});
  EXPECT_EQ(little.status, TIDEMILL_TOO_LARGE);
  EXPECT_LT(little.bytes.size(), text.size());
  EXPECT_EQ(codec.decompress(packed.bytes, {.bytes_max = 100}, {.output = 64}).status,
            TIDEMILL_TOO_LARGE);
  EXPECT_EQ(codec.decompress(packed.bytes).bytes, text);
}

TEST(codec_conformance, a_bomb_is_stopped_by_its_ratio) {
  codec codec(TIDEMILL_PLUGIN_FILE);
  const auto packed = codec.compress(std::string(8U << 20U, '\0'));
  ASSERT_EQ(packed.status, TIDEMILL_DONE);
  const auto stopped = codec.decompress(packed.bytes, {.ratio_max = 10});
  EXPECT_EQ(stopped.status, TIDEMILL_TOO_LARGE);
  EXPECT_LE(stopped.bytes.size(), packed.bytes.size() * 10);
}

TEST(codec_conformance, cut_input_is_corrupt) {
  codec codec(TIDEMILL_PLUGIN_FILE);
  const auto packed = codec.compress(random_text(2000, 50)).bytes;
  for (std::size_t size = 0; size < packed.size(); ++size) {
    const auto answer = codec.decompress(packed.substr(0, size));
    EXPECT_NE(answer.message, "no progress") << size;
    // Snappy's framing has no end: cut after its header it is a whole, empty batch.
    const bool is_whole = codec.table().wire_id == TIDEMILL_CODEC_SNAPPY && size == 16;
    EXPECT_EQ(answer.status, is_whole ? TIDEMILL_DONE : TIDEMILL_CORRUPT) << size;
  }
}

TEST(codec_conformance, damaged_input_never_does_harm) {
  codec codec(TIDEMILL_PLUGIN_FILE);
  const auto packed = codec.compress(random_text(1500, 20)).bytes;
  std::mt19937 generator(7);
  for (int round = 0; round < 5000; ++round) {
    std::string damaged = packed;
    for (unsigned hits = generator() % 4 + 1; hits > 0; --hits) {
      damaged[generator() % damaged.size()] = static_cast<char>(generator());
    }
    const auto answer = codec.decompress(damaged, {.bytes_max = 4000});
    EXPECT_NE(answer.message, "no progress");
    EXPECT_LE(answer.bytes.size(), 4000U);
  }
}

}  // namespace tidemill::testkit
