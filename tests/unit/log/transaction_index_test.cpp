#include "log/transaction_index.hpp"

namespace tidemill::log {
namespace {

aborted_transaction aborted(int producer, int first, int last, int stable) {
  return {producer_id{producer}, offset{first}, offset{last}, offset{stable}};
}

transaction_index index_of(const std::vector<aborted_transaction>& entries) {
  transaction_index index;
  for (const aborted_transaction& each : entries) {
    index.add(each);
  }
  return index;
}

byte_buffer encode(const transaction_index& index) {
  byte_buffer bytes;
  for (const aborted_transaction& each : index.entries()) {
    const auto encoded = transaction_index::encode_entry(each);
    bytes.insert(bytes.end(), encoded.begin(), encoded.end());
  }
  return bytes;
}

TEST(transaction_index, entry_has_kafkas_layout) {
  const auto bytes = transaction_index::encode_entry(aborted(0x0102, 0x0304, 0x0506, 0x0708));
  ASSERT_EQ(bytes.size(), 34u);
  EXPECT_EQ(bytes[0], std::byte{0});
  EXPECT_EQ(bytes[1], std::byte{0});
  EXPECT_EQ(bytes[8], std::byte{1});
  EXPECT_EQ(bytes[9], std::byte{2});
  EXPECT_EQ(bytes[17], std::byte{4});
  EXPECT_EQ(bytes[25], std::byte{6});
  EXPECT_EQ(bytes[33], std::byte{8});
}

TEST(transaction_index, collect_finds_overlap_and_stops_at_stable) {
  const auto index = index_of({aborted(1, 0, 10, 11), aborted(2, 12, 20, 15),
                               aborted(3, 15, 30, 31), aborted(4, 40, 50, 51)});
  std::vector<aborted_transaction> found;
  EXPECT_TRUE(index.collect(offset{11}, offset{16}, found));
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].producer, producer_id{2});
  EXPECT_EQ(found[1].producer, producer_id{3});
  found.clear();
  EXPECT_FALSE(index.collect(offset{51}, offset{100}, found));
  EXPECT_TRUE(found.empty());
  EXPECT_TRUE(index.collect(offset{0}, offset{1}, found));
  ASSERT_EQ(found.size(), 1u);
}

TEST(transaction_index, long_transaction_is_found_from_any_fetch_inside) {
  const auto index = index_of({aborted(1, 90, 95, 5), aborted(2, 5, 100, 101)});
  std::vector<aborted_transaction> found;
  EXPECT_TRUE(index.collect(offset{6}, offset{94}, found));
  ASSERT_EQ(found.size(), 2u);
  sort_by_first_offset(found);
  EXPECT_EQ(found[0].producer, producer_id{2});
}

TEST(transaction_index, truncate_forgets_what_ends_later) {
  auto index = index_of({aborted(1, 0, 10, 11), aborted(2, 12, 20, 21)});
  EXPECT_FALSE(index.truncate_to(offset{21}));
  EXPECT_TRUE(index.truncate_to(offset{20}));
  EXPECT_EQ(index.size_bytes(), 34u);
}

TEST(transaction_index, decode_reads_back_and_refuses_damage) {
  const auto index = index_of({aborted(1, 5, 10, 11), aborted(2, 12, 20, 21)});
  const byte_buffer bytes = encode(index);
  const auto read = transaction_index::decode(bytes, offset{8}, offset{21});
  ASSERT_TRUE(read);
  EXPECT_TRUE(std::equal(read->entries().begin(), read->entries().end(), index.entries().begin()));
  EXPECT_FALSE(transaction_index::decode(bytes, offset{11}, offset{21}));
  EXPECT_FALSE(transaction_index::decode(bytes, offset{8}, offset{20}));
  EXPECT_FALSE(transaction_index::decode(bytes_view(bytes).first(67), offset{0}, offset{99}));
  byte_buffer unknown_version = bytes;
  unknown_version[1] = std::byte{1};
  EXPECT_FALSE(transaction_index::decode(unknown_version, offset{0}, offset{99}));
  byte_buffer twice = bytes;
  twice.insert(twice.end(), bytes.begin(), bytes.end());
  EXPECT_FALSE(transaction_index::decode(twice, offset{0}, offset{99}));
}

}  // namespace
}  // namespace tidemill::log
