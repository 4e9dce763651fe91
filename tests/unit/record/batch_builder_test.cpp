#include "record/batch_builder.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <string>
#include <vector>

#include "record/record_iterator.hpp"
#include "record/validate.hpp"
#include "test_batches.hpp"
#include "test_codecs.hpp"

namespace tidemill::record {
namespace {

using testing::kafka_case_named;
using testing::library_codecs;

struct plain_header {
  std::string key;
  std::optional<std::string> value;
};
struct plain_record {
  std::int64_t timestamp_ms = 0;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<plain_header> headers;
};

std::optional<bytes_view> view_of(const std::optional<std::string>& text) {
  return text ? std::optional(as_bytes(*text)) : std::nullopt;
}

void append(batch_builder& builder, const plain_record& record) {
  std::vector<header_view> headers;
  for (const plain_header& header : record.headers) {
    headers.push_back({as_bytes(header.key), view_of(header.value)});
  }
  builder.append({.timestamp_ms = record.timestamp_ms,
                  .key = view_of(record.key),
                  .value = view_of(record.value),
                  .headers = headers});
}

class record_maker {
 public:
  explicit record_maker(std::uint64_t seed) : random_(seed) {}

  plain_record make() {
    constexpr std::array<std::int64_t, 6> times{0,
                                                -1,
                                                1'700'000'000'000,
                                                1,
                                                std::numeric_limits<std::int64_t>::max(),
                                                std::numeric_limits<std::int64_t>::min()};
    plain_record record;
    record.timestamp_ms = below(8) == 0
                              ? times[below(times.size())]
                              : 1'700'000'000'000 + static_cast<std::int64_t>(below(9000));
    record.key = text();
    record.value = text();
    for (std::size_t count = below(4) == 0 ? below(4) : 0; count > 0; --count) {
      record.headers.push_back({text().value_or(""), text()});
    }
    return record;
  }
  std::size_t below(std::size_t bound) { return random_() % bound; }

 private:
  std::optional<std::string> text() {
    constexpr std::array<std::size_t, 8> sizes{0, 1, 5, 63, 64, 130, 8191, 8192};
    const std::size_t pick = below(20);
    if (pick == 0) {
      return std::nullopt;
    }
    return std::string(pick < 3 ? sizes[below(sizes.size())] : below(100),
                       static_cast<char>(below(256)));
  }

  std::mt19937_64 random_;
};

void expect_same(bytes_view plain, const batch_view& batch,
                 const std::vector<plain_record>& expected) {
  record_iterator records(plain, batch.record_count());
  record_view record;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_TRUE(records.next(record)) << i;
    EXPECT_EQ(record.offset_delta, static_cast<std::int32_t>(i));
    EXPECT_EQ(timestamp_ms_of(batch, record), expected[i].timestamp_ms);
    ASSERT_EQ(record.key.has_value(), expected[i].key.has_value());
    ASSERT_EQ(record.value.has_value(), expected[i].value.has_value());
    EXPECT_EQ(as_text(record.key.value_or(bytes_view())), expected[i].key.value_or(""));
    EXPECT_EQ(as_text(record.value.value_or(bytes_view())), expected[i].value.value_or(""));
    header_iterator headers = record.headers();
    header_view header;
    for (const plain_header& wanted : expected[i].headers) {
      ASSERT_TRUE(headers.next(header));
      EXPECT_EQ(as_text(header.key), wanted.key);
      ASSERT_EQ(header.value.has_value(), wanted.value.has_value());
      EXPECT_EQ(as_text(header.value.value_or(bytes_view())), wanted.value.value_or(""));
    }
    EXPECT_FALSE(headers.next(header));
    EXPECT_FALSE(headers.error());
  }
  EXPECT_FALSE(records.next(record));
  EXPECT_FALSE(records.error());
}

TEST(batch_builder, random_batches_read_back_as_they_were_written) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    record_maker maker(seed);
    std::vector<plain_record> written;
    batch_options options;
    options.compression = static_cast<compression_type>(seed % compression_type_count);
    options.compressor = library_codecs().find(options.compression);
    batch_builder builder(options);
    for (std::size_t count = 1 + maker.below(seed % 10 == 0 ? 300 : 20); count > 0; --count) {
      written.push_back(maker.make());
      append(builder, written.back());
    }
    const byte_buffer bytes = *builder.finish();
    validation_rules rules;
    rules.codecs = &library_codecs();
    rules.timestamp_type = timestamp_type::log_append_time;  // then they may be any
    const verdict judged = validate_produced(bytes, rules);
    ASSERT_TRUE(judged) << judged.error().reason();
    EXPECT_TRUE(judged->walked);
    const batch_view batch = judged->batch;
    EXPECT_EQ(batch.record_count(), static_cast<std::int32_t>(written.size()));
    EXPECT_EQ(batch.max_timestamp_ms(), judged->max_timestamp_ms);
    byte_buffer plain(batch.records_bytes().begin(), batch.records_bytes().end());
    if (options.compressor != nullptr) {
      ASSERT_TRUE(options.compressor->decompress(batch.records_bytes(), 1 << 24, plain));
    }
    expect_same(plain, batch, written);
  }
}

TEST(batch_builder, same_records_give_the_bytes_that_kafka_wrote) {
  batch_builder builder(batch_options{});
  append(builder, {.timestamp_ms = 1704067200000,
                   .key = "k1",
                   .value = "v1",
                   .headers = {{"h1", "x"}, {"h1", "y"}, {"empty", ""}, {"none", std::nullopt}}});
  append(builder,
         {.timestamp_ms = 1704067200005, .key = std::nullopt, .value = "no key", .headers = {}});
  append(builder,
         {.timestamp_ms = 1704067199993, .key = "deleted", .value = std::nullopt, .headers = {}});
  EXPECT_EQ(*builder.finish(), kafka_case_named("v2-none").bytes);
}

TEST(batch_builder, gaps_are_kept_as_kafka_keeps_them_after_compaction) {
  batch_options options;
  options.base_offset = offset{10};
  batch_builder builder(options);
  builder.append_at(
      offset_delta{2},
      {.timestamp_ms = 1704067200000, .key = as_bytes("a"), .value = as_bytes("1"), .headers = {}});
  builder.append_at(
      offset_delta{7},
      {.timestamp_ms = 1704067200000, .key = as_bytes("b"), .value = as_bytes("2"), .headers = {}});
  EXPECT_EQ(*builder.finish(offset_delta{9}),
            kafka_case_named("v2-offset-gaps-after-compaction").bytes);
}

TEST(batch_builder, batch_without_records_keeps_its_offsets_and_producer) {
  batch_options options;
  options.base_offset = offset{200};
  options.producer = batch_producer{producer_id{4000}, producer_epoch{3}, sequence{20}};
  batch_builder builder(options);
  byte_buffer batch = *builder.finish(offset_delta{5});
  assign_timestamps(batch, timestamp_type::create_time, 1704067200000);
  EXPECT_EQ(batch, kafka_case_named("v2-emptied-by-compaction").bytes);
}

TEST(batch_builder, compression_without_codec_is_refused) {
  batch_options options;
  options.compression = compression_type::zstd;
  batch_builder builder(options);
  builder.append({});
  EXPECT_EQ(builder.finish().error(), errc::codec_missing);
}

}  // namespace
}  // namespace tidemill::record
