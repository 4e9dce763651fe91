#include "network/memory_budget.hpp"

#include <algorithm>

namespace tidemill::network {

std::optional<memory_budget::connection_id> memory_budget::next_waiter() noexcept {
  if (waiting_.empty() || work_bytes_ >= work_bytes_max_) {
    return std::nullopt;
  }
  const bool must_overdraw = partial_bytes_ >= partial_bytes_max_ / 2;
  if (must_overdraw && overdraft_ != 0) {
    return std::nullopt;
  }
  auto chosen = waiting_.begin();
  if (!oldest_is_next_) {
    chosen = std::ranges::min_element(waiting_, {}, &waiter::needed_bytes);
  }
  oldest_is_next_ = !oldest_is_next_;
  const connection_id who = chosen->who;
  waiting_.erase(chosen);
  if (must_overdraw) {
    overdraft_ = who;
  }
  return who;
}

}  // namespace tidemill::network
