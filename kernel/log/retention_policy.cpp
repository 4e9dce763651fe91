#include "log/retention_policy.hpp"

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

}  // namespace tidemill::log
