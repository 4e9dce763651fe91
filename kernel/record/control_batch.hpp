#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "record/batch_view.hpp"

namespace tidemill::record {

/// Ends a transaction in one partition (KIP-98). One control record:
///   key    int16 version 0, int16 type (0 abort, 1 commit)
///   value  int16 version 0, int32 coordinator epoch
struct end_transaction_marker {
  enum class outcome : std::int16_t { abort = 0, commit = 1 };

  tidemill::producer_id producer_id;
  tidemill::producer_epoch producer_epoch;
  outcome ending = outcome::abort;
  std::int32_t coordinator_epoch = 0;
};

/// A batch of one control record, transactional, at `base_offset`.
[[nodiscard]] byte_buffer build_end_transaction_batch(const end_transaction_marker& marker,
                                                      offset base_offset,
                                                      std::int64_t timestamp_ms);

/// Reads what build_end_transaction_batch() writes. nullopt for a control record of another type
/// (readers skip those); control_record_invalid when it does not parse. `batch` is_control().
[[nodiscard]] result<std::optional<end_transaction_marker>> read_end_transaction_marker(
    const batch_view& batch) noexcept;

}  // namespace tidemill::record
