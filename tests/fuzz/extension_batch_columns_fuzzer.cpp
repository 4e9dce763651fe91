// Any bytes as a batch that a plugin is shown, with every mask of needs: no read past them, pieces
// that follow each other, views that point into the batch, and the same columns whatever else is
// asked for. The lowest bit of the first byte says whether the client is known.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/assert.hpp"
#include "extension/batch_columns.hpp"

namespace {

using namespace tidemill;

constexpr std::uint32_t masks = 16;
static_assert((TIDEMILL_KEYS | TIDEMILL_VALUES | TIDEMILL_HEADERS | TIDEMILL_TIMESTAMPS) ==
              masks - 1);

/// What one walk has shown, piece after piece.
struct shown {
  std::vector<tidemill_bytes> keys;
  std::vector<tidemill_bytes> values;
  std::vector<std::int64_t> timestamps_ms;
  std::vector<std::uint32_t> header_counts;
  std::uint32_t records = 0;
};

class walker {
 public:
  walker(bytes_view bytes, bool is_client_known) : batch_(bytes) {
    to_.topic_name = "orders";
    to_.partition_count = 3;
    to_.client = is_client_known ? &client_ : nullptr;
  }

  [[nodiscard]] shown walk(std::uint32_t needs) {
    shown all;
    columns_.begin(to_, batch_, batch_.records_bytes(), needs);
    while (columns_.next()) {
      const tidemill_batch& piece = columns_.view();
      TIDEMILL_ASSERT(columns_.first_index() == all.records);
      TIDEMILL_ASSERT(piece.columns == needs);
      TIDEMILL_ASSERT(needs == 0 ||
                      piece.record_count <= extension::batch_columns::records_per_piece_max);
      all.records += piece.record_count;
      add(piece, all);
    }
    const auto expected = static_cast<std::uint32_t>(std::max(batch_.record_count(), 0));
    TIDEMILL_ASSERT(columns_.error() ? all.records < expected || needs != 0
                                     : all.records == expected);
    return all;
  }
  [[nodiscard]] bool has_failed() const { return columns_.error().has_value(); }

 private:
  void add(const tidemill_batch& piece, shown& into) const {
    // Without columns the count is what the header says, whatever follows it.
    for (std::uint32_t i = 0; piece.columns != 0 && i < piece.record_count; ++i) {
      if (piece.keys != nullptr) {
        into.keys.push_back(inside(piece.keys[i]));
      }
      if (piece.values != nullptr) {
        into.values.push_back(inside(piece.values[i]));
      }
      if (piece.timestamps_ms != nullptr) {
        into.timestamps_ms.push_back(piece.timestamps_ms[i]);
      }
      if (piece.header_begin != nullptr) {
        into.header_counts.push_back(headers_of(piece, i));
      }
    }
  }
  [[nodiscard]] std::uint32_t headers_of(const tidemill_batch& piece, std::uint32_t record) const {
    const std::uint32_t begin = piece.header_begin[record];
    const std::uint32_t end = piece.header_begin[record + 1];
    TIDEMILL_ASSERT(begin <= end);
    for (std::uint32_t i = begin; i < end; ++i) {
      static_cast<void>(inside(piece.header_names[i]));
      static_cast<void>(inside(piece.header_values[i]));
    }
    return end - begin;
  }
  [[nodiscard]] tidemill_bytes inside(tidemill_bytes field) const {
    const bytes_view records = batch_.records_bytes();
    const auto* begin = reinterpret_cast<const std::uint8_t*>(records.data());
    TIDEMILL_ASSERT(field.data == nullptr ? field.size == 0
                                          : field.data >= begin && field.size <= records.size() &&
                                                field.data + field.size <= begin + records.size());
    return field;
  }

  record::batch_view batch_;
  partition::producer_client client_{"someone", "main", "127.0.0.1:1"};
  partition::batch_destination to_;
  extension::batch_columns columns_;
};

bool same(const std::vector<tidemill_bytes>& one, const std::vector<tidemill_bytes>& other) {
  return std::ranges::equal(one, other, [](const tidemill_bytes& a, const tidemill_bytes& b) {
    return a.data == b.data && a.size == b.size;
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1 + record::batch_header_size) {
    return 0;
  }
  const byte_buffer bytes(std::as_bytes(std::span(data + 1, size - 1)).begin(),
                          std::as_bytes(std::span(data + 1, size - 1)).end());
  walker walk(bytes, (data[0] & 1U) != 0);
  const shown all = walk.walk(masks - 1);
  const bool has_failed = walk.has_failed();
  for (std::uint32_t needs = 0; needs < masks - 1; ++needs) {
    const shown some = walk.walk(needs);
    if (has_failed || walk.has_failed()) {
      continue;
    }
    TIDEMILL_ASSERT((needs & TIDEMILL_KEYS) == 0 || same(some.keys, all.keys));
    TIDEMILL_ASSERT((needs & TIDEMILL_VALUES) == 0 || same(some.values, all.values));
    TIDEMILL_ASSERT((needs & TIDEMILL_TIMESTAMPS) == 0 || some.timestamps_ms == all.timestamps_ms);
    TIDEMILL_ASSERT((needs & TIDEMILL_HEADERS) == 0 || some.header_counts == all.header_counts);
  }
  return 0;
}
