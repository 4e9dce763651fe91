#pragma once

#include <cstdint>

#include "base/ids.hpp"
#include "log/log_state.hpp"
#include "log/options.hpp"

namespace tidemill::log {

/// A batch about to be appended.
struct incoming_batch {
  std::uint64_t size_bytes = 0;
  std::int64_t max_timestamp_ms = -1;
  offset last_offset{0};
};

/// Whether the batch goes into a new segment instead of the active one. Kafka's rules: the segment
/// would grow over segment.bytes, an index is full, the batch's offset is too far from the base
/// for 32 bits, or segment.ms has passed since its first batch, by the batches' timestamps where
/// they have some, by the clock else. An empty segment only rolls for its base offset.
[[nodiscard]] bool must_roll(const segment_state& active, std::uint64_t index_size_bytes,
                             const incoming_batch& incoming, const log_options& options,
                             std::int64_t now_ms) noexcept;

}  // namespace tidemill::log
