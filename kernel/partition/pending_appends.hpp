#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "io/clock.hpp"
#include "partition/requests.hpp"
#include "replication/core/waiter_queue.hpp"

namespace tidemill::partition {

/// An append that is stored and waits for its acknowledgement.
struct pending_append {
  io::monotonic_time deadline{};
  append_success outcome;
  append_completion done;
};

/// The waiting appends of a partition by their tokens, which count up: adding and taking cost O(1)
/// amortised. Holds no memory until the first one. Bounded by the requests in flight.
class pending_appends {
 public:
  [[nodiscard]] replication::waiter_token add(pending_append append) {
    TIDEMILL_ASSERT(append.done);
    appends_.push_back(std::move(append));
    return first_token_ + (appends_.size() - 1);
  }

  /// nullopt when it was taken before.
  [[nodiscard]] std::optional<pending_append> take(replication::waiter_token token) {
    if (token < first_token_ || token - first_token_ >= appends_.size()) {
      return std::nullopt;
    }
    pending_append& found = appends_[token - first_token_];
    if (!found.done) {
      return std::nullopt;
    }
    std::optional<pending_append> taken(std::move(found));
    drop_taken();
    return taken;
  }

  /// Tokens of those up to `end` whose deadline has passed.
  [[nodiscard]] std::vector<replication::waiter_token> expired(io::monotonic_time now,
                                                               offset end) const {
    return tokens([now, end](const pending_append& each) {
      return each.deadline <= now && each.outcome.end_offset <= end;
    });
  }
  /// Those whose deadline has passed are looked at again at `later`.
  void put_off(io::monotonic_time now, io::monotonic_time later) noexcept {
    for (pending_append& each : appends_) {
      each.deadline = each.deadline <= now ? later : each.deadline;
    }
  }
  [[nodiscard]] std::vector<replication::waiter_token> all() const {
    return tokens([](const pending_append&) { return true; });
  }
  /// nullopt when nobody waits.
  [[nodiscard]] std::optional<io::monotonic_time> next_deadline() const noexcept {
    std::optional<io::monotonic_time> earliest;
    for (const pending_append& each : appends_) {
      if (each.done && (!earliest || each.deadline < *earliest)) {
        earliest = each.deadline;
      }
    }
    return earliest;
  }
  [[nodiscard]] bool empty() const noexcept { return head_ == appends_.size(); }

 private:
  static constexpr std::size_t compaction_head_min = 64;

  template <class Predicate>
  [[nodiscard]] std::vector<replication::waiter_token> tokens(Predicate wanted) const {
    std::vector<replication::waiter_token> found;
    for (std::size_t i = head_; i < appends_.size(); ++i) {
      if (appends_[i].done && wanted(appends_[i])) {
        found.push_back(first_token_ + i);
      }
    }
    return found;
  }

  void drop_taken() {
    while (head_ < appends_.size() && !appends_[head_].done) {
      ++head_;
    }
    if (head_ == appends_.size() ||
        (head_ >= compaction_head_min && head_ * 2 >= appends_.size())) {
      first_token_ += head_;
      appends_.erase(appends_.begin(), appends_.begin() + static_cast<std::ptrdiff_t>(head_));
      head_ = 0;
    }
  }

  /// appends_[i] has the token first_token_ + i; taken ones have no `done` and go from the front.
  std::vector<pending_append> appends_;
  std::size_t head_ = 0;
  replication::waiter_token first_token_ = 1;
};

}  // namespace tidemill::partition
