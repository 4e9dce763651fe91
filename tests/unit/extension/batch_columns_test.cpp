#include "extension/batch_columns.hpp"

#include <gtest/gtest.h>

#include "tests/unit/extension/scripted_plugin.hpp"

namespace tidemill::extension {
namespace {

std::string text(tidemill_bytes bytes) {
  return bytes.data == nullptr ? "(null)"
                               : std::string(reinterpret_cast<const char*>(bytes.data), bytes.size);
}

struct batch_columns_test : ::testing::Test {
  batch_columns columns;
  byte_buffer bytes;

  void begin(const std::vector<std::optional<std::string>>& keys, std::uint32_t needs) {
    bytes = testing::batch_of(keys);
    const record::batch_view batch(bytes);
    columns.begin(testing::destination(), batch, batch.records_bytes(), needs);
  }
};

TEST_F(batch_columns_test, all_columns_say_what_the_records_hold) {
  begin({"a", std::nullopt, ""},
        TIDEMILL_KEYS | TIDEMILL_VALUES | TIDEMILL_HEADERS | TIDEMILL_TIMESTAMPS);
  ASSERT_TRUE(columns.next());
  const tidemill_batch& view = columns.view();
  ASSERT_EQ(view.record_count, 3U);
  EXPECT_EQ(text(view.keys[0]), "a");
  EXPECT_EQ(text(view.keys[1]), "(null)");
  EXPECT_EQ(text(view.keys[2]), "");
  EXPECT_EQ(text(view.values[2]), "value");
  EXPECT_EQ(view.timestamps_ms[1], 1'700'000'000'000);
  EXPECT_EQ(view.header_begin[3], 3U);
  EXPECT_EQ(text(view.header_names[view.header_begin[1]]), "name");
  EXPECT_EQ(text(view.header_values[view.header_begin[1]]), "content");
  EXPECT_FALSE(columns.next());
  EXPECT_EQ(columns.error(), std::nullopt);
}

TEST_F(batch_columns_test, what_surrounds_the_batch_is_shown) {
  begin({"a"}, 0);
  ASSERT_TRUE(columns.next());
  const tidemill_batch& view = columns.view();
  EXPECT_EQ(text(view.topic->name), "orders");
  EXPECT_EQ(view.topic->partition_count, 3);
  EXPECT_EQ(view.topic->epoch, 7U);
  EXPECT_EQ(view.partition, 1);
  EXPECT_EQ(view.base_sequence, -1);
  EXPECT_EQ(view.producer_id, -1);
  ASSERT_NE(view.client, nullptr);
  EXPECT_EQ(text(view.client->client_id), "someone");
  EXPECT_EQ(text(view.client->principal_name), "ANONYMOUS");
  EXPECT_NE(view.client->flags & TIDEMILL_CLIENT_LOCAL, 0U);
}

TEST_F(batch_columns_test, columns_that_nobody_asked_for_are_not_there) {
  begin({"a", "b"}, TIDEMILL_VALUES);
  ASSERT_TRUE(columns.next());
  EXPECT_EQ(columns.view().columns, TIDEMILL_VALUES);
  EXPECT_EQ(columns.view().keys, nullptr);
  EXPECT_EQ(columns.view().header_begin, nullptr);
  EXPECT_EQ(columns.view().record_count, 2U);
}

TEST_F(batch_columns_test, without_a_need_the_records_are_not_looked_at) {
  bytes = testing::batch_of({"a", "b"});
  const record::batch_view batch(bytes);
  columns.begin(testing::destination(), batch, {}, 0);
  ASSERT_TRUE(columns.next());
  EXPECT_EQ(columns.view().record_count, 2U);
  EXPECT_FALSE(columns.next());
  EXPECT_EQ(columns.error(), std::nullopt);
}

TEST_F(batch_columns_test, a_malformed_record_ends_it_and_is_named) {
  bytes = testing::batch_of({"a", "b", "c"});
  const record::batch_view batch(bytes);
  const bytes_view records = batch.records_bytes();
  columns.begin(testing::destination(), batch, records.first(records.size() - 3), TIDEMILL_KEYS);
  EXPECT_FALSE(columns.next());
  EXPECT_EQ(columns.error(), record::errc::record_length_invalid);
  EXPECT_EQ(columns.error_index(), 2);
}

TEST_F(batch_columns_test, very_many_records_come_in_pieces) {
  const std::uint32_t count = batch_columns::records_per_piece_max + 10;
  begin(std::vector<std::optional<std::string>>(count, "k"), TIDEMILL_KEYS);
  ASSERT_TRUE(columns.next());
  EXPECT_EQ(columns.view().record_count, batch_columns::records_per_piece_max);
  EXPECT_EQ(columns.first_index(), 0U);
  ASSERT_TRUE(columns.next());
  EXPECT_EQ(columns.view().record_count, 10U);
  EXPECT_EQ(columns.first_index(), batch_columns::records_per_piece_max);
  EXPECT_FALSE(columns.next());
  EXPECT_EQ(columns.error(), std::nullopt);
}

TEST_F(batch_columns_test, a_batch_that_says_it_has_no_records_has_no_piece) {
  bytes = testing::batch_of({"a"});
  for (const std::int32_t count : {0, -1}) {
    store_big_endian(bytes.data() + record::record_count_position, count);
    const record::batch_view batch(bytes);
    for (const std::uint32_t needs : {0U, std::uint32_t{TIDEMILL_KEYS}}) {
      columns.begin(testing::destination(), batch, batch.records_bytes(), needs);
      EXPECT_FALSE(columns.next());
      EXPECT_FALSE(columns.error());
    }
  }
}

}  // namespace
}  // namespace tidemill::extension
