#include "network/memory_budget.hpp"

namespace tidemill::network {

std::optional<memory_budget::connection_id> memory_budget::next_waiter() noexcept {
  if (waiting_.empty() || work_bytes_ >= work_bytes_max_) {
    return std::nullopt;
  }
  if (partial_bytes_ >= partial_bytes_max_ / 2) {
    if (overdraft_ != 0) {
      return std::nullopt;
    }
    overdraft_ = waiting_.front();
  }
  const connection_id first = waiting_.front();
  waiting_.pop_front();
  return first;
}

}  // namespace tidemill::network
