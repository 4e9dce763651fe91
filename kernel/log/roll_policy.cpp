#include "log/roll_policy.hpp"

#include <algorithm>
#include <limits>

#include "log/time_index.hpp"

namespace tidemill::log {
namespace {

bool is_old(const segment_state& active, const incoming_batch& incoming, const log_options& options,
            std::int64_t now_ms) noexcept {
  const bool by_timestamps = active.first_timestamp_ms >= 0 && incoming.max_timestamp_ms >= 0;
  const std::int64_t age_ms = by_timestamps ? incoming.max_timestamp_ms - active.first_timestamp_ms
                                            : now_ms - active.created_ms;
  return age_ms > options.segment_age_max.count();
}

}  // namespace

bool must_roll(const segment_state& active, std::uint64_t index_size_bytes,
               const incoming_batch& incoming, const log_options& options,
               std::int64_t now_ms) noexcept {
  const auto distance = (incoming.last_offset - active.base_offset).value();
  if (distance > std::numeric_limits<std::int32_t>::max()) {
    return true;
  }
  if (active.size_bytes == 0) {
    return false;
  }
  const auto size_max = std::min(options.segment_size_bytes_max, segment_size_bytes_limit);
  // Room for one entry more, and for the last one that closing adds.
  const std::uint64_t entries_reserve = 2 * time_index_entry::size_bytes;
  return active.size_bytes + incoming.size_bytes > size_max ||
         index_size_bytes + entries_reserve > options.index_size_bytes_max ||
         is_old(active, incoming, options, now_ms);
}

}  // namespace tidemill::log
