#include "log/retention_policy.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"

namespace tidemill::log {

retention_vote time_and_size_retention::vote(const segment_facts& segment, const log_facts& log) {
  if (bounds_.age_max && log.now - segment.newest > *bounds_.age_max) {
    return retention_vote::remove;
  }
  if (bounds_.size_bytes_max && log.remaining_size_bytes >= *bounds_.size_bytes_max &&
      log.remaining_size_bytes - *bounds_.size_bytes_max >= segment.size_bytes) {
    return retention_vote::remove;
  }
  return retention_vote::keep;
}

decided_retention::decided_retention(std::vector<segment_facts> segments,
                                     std::vector<retention_vote> votes)
    : segments_(std::move(segments)), votes_(std::move(votes)) {
  TIDEMILL_ASSERT(segments_.size() == votes_.size());
}

retention_vote decided_retention::vote(const segment_facts& segment, const log_facts& /*log*/) {
  const auto seen =
      std::ranges::lower_bound(segments_, segment.base_offset, {}, &segment_facts::base_offset);
  if (seen == segments_.end() || seen->base_offset != segment.base_offset ||
      seen->end_offset != segment.end_offset) {
    return retention_vote::keep;
  }
  return votes_[static_cast<std::size_t>(seen - segments_.begin())];
}

}  // namespace tidemill::log
