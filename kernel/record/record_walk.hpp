#pragma once
// Inside the record room only: the one walk over the records of a batch that validation makes.

#include <cstdint>
#include <limits>

#include "base/bytes.hpp"
#include "record/batch_header.hpp"
#include "record/batch_view.hpp"
#include "record/errc.hpp"

namespace tidemill::record::detail {

/// Timestamp of a record. Wraps like every reader's arithmetic, so that any bytes may be tried.
constexpr std::int64_t timestamp_ms_at(std::int64_t base_ms, std::int64_t delta_ms) noexcept {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(base_ms) +
                                   static_cast<std::uint64_t>(delta_ms));
}

/// What the walk over the records of a batch found.
struct walk_outcome {
  errc error{};
  /// Of the record that is to blame; the record count when none is.
  std::int32_t index = 0;
  bool keys_missing = false;
  std::int64_t timestamp_lowest_ms = std::numeric_limits<std::int64_t>::max();
  /// no_timestamp_ms, with index -1, where no record bears a later one.
  std::int64_t timestamp_highest_ms = no_timestamp_ms;
  std::int32_t timestamp_highest_index = -1;
};

/// Walks `records`, the plain records of `batch`: each well-formed, headers included, offset deltas
/// counting up from 0, as many as the batch says, nothing after them. Stops at the first that is
/// not.
[[nodiscard]] walk_outcome walk_records(bytes_view records, const batch_view& batch) noexcept;

}  // namespace tidemill::record::detail
