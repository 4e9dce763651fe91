#include "network/memory_budget.hpp"

#include <algorithm>

namespace tidemill::network {

std::optional<memory_budget::connection_id> memory_budget::next_waiter() noexcept {
  if (waiting_.empty() || work_bytes_ >= work_bytes_max_) {
    return std::nullopt;
  }
  const bool overdraws = must_overdraw();
  auto chosen = std::ranges::min_element(waiting_, {}, &waiter::needed_bytes);
  connection_id* overdraft = &overdraft_;
  if (overdraws && medium_overdraft_ == 0 && chosen->needed_bytes <= medium_bytes_max) {
    overdraft = &medium_overdraft_;
  } else if (overdraws && overdraft_ != 0) {
    return std::nullopt;
  } else {
    if (oldest_is_next_) {
      chosen = waiting_.begin();
    }
    oldest_is_next_ = !oldest_is_next_;
  }
  const connection_id who = chosen->who;
  waiting_.erase(chosen);
  if (overdraws) {
    *overdraft = who;
  }
  return who;
}

}  // namespace tidemill::network
