#include "network/memory_budget.hpp"

#include <algorithm>

namespace tidemill::network {

std::optional<memory_budget::connection_id> memory_budget::next_waiter() noexcept {
  if (waiting_.empty() || work_bytes_ >= work_bytes_max_) {
    return std::nullopt;
  }
  const bool overdraws = must_overdraw();
  auto chosen = std::ranges::min_element(waiting_, {}, &waiter::needed_bytes);
  const bool is_medium = overdraws && may_overdraw_medium(chosen->needed_bytes);
  if (!is_medium) {
    if (overdraws && overdraft_ != 0) {
      return std::nullopt;
    }
    if (oldest_is_next_) {
      chosen = waiting_.begin();
    }
    oldest_is_next_ = !oldest_is_next_;
  }
  const waiter next = *chosen;
  waiting_.erase(chosen);
  if (is_medium) {
    medium_overdrafts_.emplace(next.who, next.needed_bytes);
    medium_bytes_ += next.needed_bytes;
  } else if (overdraws) {
    overdraft_ = next.who;
  }
  return next.who;
}

void memory_budget::end_medium(connection_id who) noexcept {
  if (const auto found = medium_overdrafts_.find(who); found != medium_overdrafts_.end()) {
    medium_bytes_ -= found->second;
    medium_overdrafts_.erase(found);
  }
}

}  // namespace tidemill::network
