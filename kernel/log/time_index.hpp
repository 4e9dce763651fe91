#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/big_endian.hpp"
#include "base/result.hpp"
#include "log/index_file.hpp"

namespace tidemill::log {

// <base offset>.timeindex, big-endian, 12 bytes an entry, rising in both fields:
//    0  int64  largest timestamp of the segment up to here, ms
//    8  int32  last offset of the batch that bears it, less the segment's base offset
struct time_index_entry {
  static constexpr std::size_t size_bytes = 12;

  std::int64_t timestamp_ms = 0;
  std::uint32_t relative_offset = 0;

  void store(std::byte* to) const noexcept {
    store_big_endian(to, timestamp_ms);
    store_big_endian(to + sizeof timestamp_ms, relative_offset);
  }
  [[nodiscard]] static time_index_entry load(const std::byte* from) noexcept {
    return {load_big_endian<std::int64_t>(from),
            load_big_endian<std::uint32_t>(from + sizeof(std::int64_t))};
  }
  friend bool operator==(const time_index_entry&, const time_index_entry&) = default;
};

/// Leads from timestamps to offsets.
class time_index : public index_file<time_index_entry> {
 public:
  /// The last entry at or before the time: nothing before its offset is later than its timestamp.
  [[nodiscard]] result<std::optional<time_index_entry>> at_or_before(
      std::int64_t timestamp_ms) const {
    return last_where([timestamp_ms](const time_index_entry& entry) {
      return entry.timestamp_ms <= timestamp_ms;
    });
  }
  /// Keeps the entries below the offset.
  [[nodiscard]] result<void> truncate_to_offset(std::uint64_t relative_offset) {
    TIDEMILL_TRY_ASSIGN(kept, count_where([relative_offset](const time_index_entry& entry) {
                          return entry.relative_offset < relative_offset;
                        }));
    return truncate(kept);
  }
  /// Adds an entry if its timestamp is news.
  [[nodiscard]] result<void> push_if_later(const time_index_entry& entry) {
    TIDEMILL_TRY_ASSIGN(latest, last());
    if (!latest ? entry.timestamp_ms >= 0 : entry.timestamp_ms > latest->timestamp_ms) {
      push(entry);
    }
    return {};
  }
};

}  // namespace tidemill::log
