#include "partition/data_waiter.hpp"

#include "base/assert.hpp"

namespace tidemill::partition {

void data_waiter::disarm() noexcept {
  if (home_ != nullptr) {
    home_->unlink(*this);
  }
}

waiter_list::~waiter_list() {
  while (first_ != nullptr) {
    unlink(*first_);
  }
}

void waiter_list::add(data_waiter& waiter, offset beyond, std::uint64_t bytes_mark,
                      isolation level) noexcept {
  waiter.disarm();
  waiter.beyond_ = beyond;
  waiter.bytes_mark_ = bytes_mark;
  waiter.level_ = level;
  link(waiter);
}

void waiter_list::link(data_waiter& waiter) noexcept {
  waiter.home_ = this;
  waiter.previous_ = nullptr;
  waiter.next_ = first_;
  if (first_ != nullptr) {
    first_->previous_ = &waiter;
  }
  first_ = &waiter;
}

void waiter_list::unlink(data_waiter& waiter) noexcept {
  TIDEMILL_ASSERT(waiter.home_ == this);
  (waiter.previous_ != nullptr ? waiter.previous_->next_ : first_) = waiter.next_;
  if (waiter.next_ != nullptr) {
    waiter.next_->previous_ = waiter.previous_;
  }
  waiter.home_ = nullptr;
  waiter.next_ = waiter.previous_ = nullptr;
}

/// Moves who is reached to a list of its own first: waking runs foreign code that may arm, disarm
/// and destroy waiters of this list, and this list itself.
template <class Predicate>
void waiter_list::wake_if(Predicate reached) {
  waiter_list woken;
  for (data_waiter* each = first_; each != nullptr;) {
    data_waiter* const next = each->next_;
    if (reached(*each)) {
      unlink(*each);
      woken.link(*each);
    }
    each = next;
  }
  while (woken.first_ != nullptr) {
    data_waiter& waiter = *woken.first_;
    woken.unlink(waiter);
    unique_function<void()>& wake = waiter.wake_;
    wake();
  }
}

void waiter_list::wake_reached(const progress& now) {
  wake_if([&now](const data_waiter& waiter) {
    const offset end =
        waiter.level_ == isolation::read_committed ? now.last_stable_offset : now.high_watermark;
    return end > waiter.beyond_ && now.bytes_appended >= waiter.bytes_mark_;
  });
}

void waiter_list::wake_all() {
  wake_if([](const data_waiter&) { return true; });
}

}  // namespace tidemill::partition
