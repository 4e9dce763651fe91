#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/big_endian.hpp"
#include "base/result.hpp"
#include "log/index_file.hpp"

namespace tidemill::log {

// <base offset>.index, big-endian, 8 bytes an entry, rising in both fields:
//    0  int32  last offset of a batch, less the segment's base offset
//    4  int32  position of that batch in the .log file
struct offset_index_entry {
  static constexpr std::size_t size_bytes = 8;

  std::uint32_t relative_offset = 0;
  std::uint32_t position = 0;

  void store(std::byte* to) const noexcept {
    store_big_endian(to, relative_offset);
    store_big_endian(to + sizeof relative_offset, position);
  }
  [[nodiscard]] static offset_index_entry load(const std::byte* from) noexcept {
    return {load_big_endian<std::uint32_t>(from),
            load_big_endian<std::uint32_t>(from + sizeof(std::uint32_t))};
  }
  friend bool operator==(const offset_index_entry&, const offset_index_entry&) = default;
};
static_assert(sizeof(offset_index_entry) == offset_index_entry::size_bytes);

/// Leads from offsets to positions: sparse, one entry for every few KiB of batches.
class offset_index : public index_file<offset_index_entry> {
 public:
  /// The last entry at or below the offset. The batch at its position ends there or below.
  [[nodiscard]] result<std::optional<offset_index_entry>> at_or_below(
      std::uint64_t relative_offset) const {
    return last_where([relative_offset](const offset_index_entry& entry) {
      return entry.relative_offset <= relative_offset;
    });
  }
  /// The last entry whose batch starts at or before the position.
  [[nodiscard]] result<std::optional<offset_index_entry>> at_or_before(
      std::uint64_t position) const {
    return last_where(
        [position](const offset_index_entry& entry) { return entry.position <= position; });
  }
  /// Keeps the entries of batches that start before the position.
  [[nodiscard]] result<void> truncate_to_position(std::uint64_t position) {
    TIDEMILL_TRY_ASSIGN(kept, count_where([position](const offset_index_entry& entry) {
                          return entry.position < position;
                        }));
    return truncate(kept);
  }
};

}  // namespace tidemill::log
