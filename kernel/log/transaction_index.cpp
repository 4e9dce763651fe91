#include "log/transaction_index.hpp"

#include <algorithm>
#include <cstdint>

#include "base/assert.hpp"
#include "base/big_endian.hpp"

namespace tidemill::log {

namespace {

constexpr std::int16_t entry_version = 0;
constexpr std::size_t producer_position = 2;
constexpr std::size_t first_offset_position = 10;
constexpr std::size_t last_offset_position = 18;
constexpr std::size_t last_stable_offset_position = 26;
static_assert(last_stable_offset_position + sizeof(std::int64_t) == transaction_index_entry_size);

aborted_transaction decode_entry(const std::byte* from) noexcept {
  return {producer_id{load_big_endian<std::int64_t>(from + producer_position)},
          offset{load_big_endian<std::int64_t>(from + first_offset_position)},
          offset{load_big_endian<std::int64_t>(from + last_offset_position)},
          offset{load_big_endian<std::int64_t>(from + last_stable_offset_position)}};
}

}  // namespace

transaction_index::encoded_entry transaction_index::encode_entry(
    const aborted_transaction& entry) noexcept {
  encoded_entry bytes{};
  store_big_endian(bytes.data(), entry_version);
  store_big_endian(bytes.data() + producer_position, entry.producer.value());
  store_big_endian(bytes.data() + first_offset_position, entry.first_offset.value());
  store_big_endian(bytes.data() + last_offset_position, entry.last_offset.value());
  store_big_endian(bytes.data() + last_stable_offset_position, entry.last_stable_offset.value());
  return bytes;
}

void transaction_index::add(const aborted_transaction& entry) {
  TIDEMILL_ASSERT(entries_.empty() || entries_.back().last_offset < entry.last_offset);
  entries_.push_back(entry);
}

bool transaction_index::truncate_to(offset end) {
  const std::size_t before = entries_.size();
  while (!entries_.empty() && entries_.back().last_offset >= end) {
    entries_.pop_back();
  }
  return entries_.size() != before;
}

bool transaction_index::collect(offset begin, offset end,
                                std::vector<aborted_transaction>& found) const {
  const auto first = std::lower_bound(entries_.begin(), entries_.end(), begin,
                                      [](const aborted_transaction& entry, offset position) {
                                        return entry.last_offset < position;
                                      });
  for (auto entry = first; entry != entries_.end(); ++entry) {
    if (entry->first_offset < end) {
      found.push_back(*entry);
    }
    if (entry->last_stable_offset >= end) {
      return true;
    }
  }
  return false;
}

std::optional<transaction_index> transaction_index::decode(bytes_view bytes, offset segment_base,
                                                           offset segment_end) {
  if (bytes.size() % transaction_index_entry_size != 0) {
    return std::nullopt;
  }
  transaction_index index;
  index.entries_.reserve(bytes.size() / transaction_index_entry_size);
  for (std::size_t at = 0; at < bytes.size(); at += transaction_index_entry_size) {
    const aborted_transaction entry = decode_entry(bytes.data() + at);
    const bool version_known = load_big_endian<std::int16_t>(bytes.data() + at) == entry_version;
    const bool rises = index.empty() || index.entries_.back().last_offset < entry.last_offset;
    const bool inside = entry.last_offset >= segment_base && entry.last_offset < segment_end &&
                        entry.first_offset <= entry.last_offset && entry.first_offset >= offset{0};
    if (!version_known || !rises || !inside) {
      return std::nullopt;
    }
    index.entries_.push_back(entry);
  }
  return index;
}

void sort_by_first_offset(std::vector<aborted_transaction>& transactions) {
  std::sort(transactions.begin(), transactions.end(),
            [](const aborted_transaction& a, const aborted_transaction& b) {
              return a.first_offset < b.first_offset;
            });
}

}  // namespace tidemill::log
