#include "network/deadline_wheel.hpp"

#include <algorithm>

namespace tidemill::network {

void deadline_wheel::set(deadline_hook& hook, io::monotonic_time deadline) noexcept {
  hook.unlink();
  const auto ahead = std::max<std::int64_t>((deadline - turned_to_ + tick_).count(), 0);
  const auto ticks = static_cast<std::size_t>(ahead / tick_.count());
  deadline_hook& head =
      slots_[(current_ + std::clamp<std::size_t>(ticks, 1, slot_count - 1)) % slot_count];
  hook.previous_ = head.previous_;
  hook.next_ = &head;
  head.previous_->next_ = &hook;
  head.previous_ = &hook;
}

void deadline_wheel::turn(io::monotonic_time now, unique_function<void(deadline_hook&)>& due) {
  while (turned_to_ + tick_ <= now) {
    turned_to_ += tick_;
    current_ = (current_ + 1) % slot_count;
    deadline_hook& head = slots_[current_];
    // What is set meanwhile goes to a later slot, so this ends.
    while (head.is_linked()) {
      deadline_hook& hook = *head.next_;
      hook.unlink();
      due(hook);
    }
  }
}

}  // namespace tidemill::network
