#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/assert.hpp"
#include "base/ids.hpp"

namespace tidemill::replication {

/// Names an append that waits for its acknowledgement condition. Chosen by the owner, rising.
using waiter_token = std::uint64_t;

/// Appends that wait, in the order of their offsets, which is also that of their tokens. Push, pop
/// and removal cost O(1) amortised; an empty queue that never held anything holds no memory.
class waiter_queue {
 public:
  struct waiter {
    waiter_token token = 0;
    /// The offset after the last record of the append.
    offset end{0};
    bool removed = false;
  };

  [[nodiscard]] bool empty() const noexcept { return head_ == waiters_.size(); }
  [[nodiscard]] std::size_t size() const noexcept { return waiters_.size() - head_ - removed_; }

  /// Tokens rise, and so do ends (equal ends are fine: a repeated batch waits for the original).
  void push(waiter_token token, offset end) {
    TIDEMILL_ASSERT(empty() || waiters_.back().token < token);
    waiters_.push_back({token, end, false});
  }

  /// True when the first waiter asks for no more than `reached`.
  [[nodiscard]] bool front_is_within(offset reached) const noexcept {
    return !empty() && waiters_[head_].end <= reached;
  }
  [[nodiscard]] waiter_token front() const noexcept { return waiters_[head_].token; }

  void pop() noexcept {
    ++head_;
    drop_removed();
  }

  /// Takes out one that is not at the front; false when it is not there (any more).
  bool remove(waiter_token token) noexcept {
    std::size_t low = head_;
    std::size_t high = waiters_.size();
    while (low < high) {
      const std::size_t middle = low + (high - low) / 2;
      (waiters_[middle].token < token ? low : high) =
          waiters_[middle].token < token ? middle + 1 : middle;
    }
    if (low == waiters_.size() || waiters_[low].token != token || waiters_[low].removed) {
      return false;
    }
    waiters_[low].removed = true;
    ++removed_;
    drop_removed();
    return true;
  }

 private:
  static constexpr std::size_t kept_capacity_max = 64;
  static constexpr std::size_t compaction_head_min = 64;

  void drop_removed() noexcept {
    while (!empty() && waiters_[head_].removed) {
      ++head_;
      --removed_;
    }
    if (empty()) {
      head_ = 0;
      waiters_.clear();
      if (waiters_.capacity() > kept_capacity_max) {
        waiters_.shrink_to_fit();
      }
    } else if (head_ >= compaction_head_min && head_ * 2 >= waiters_.size()) {
      waiters_.erase(waiters_.begin(), waiters_.begin() + static_cast<std::ptrdiff_t>(head_));
      head_ = 0;
    }
  }

  std::vector<waiter> waiters_;
  std::size_t head_ = 0;
  std::size_t removed_ = 0;
};

}  // namespace tidemill::replication
