#pragma once

#include <deque>
#include <utility>

#include "io/event_loop.hpp"

namespace tidemill::api {

/// For work that takes much memory or time and may be asked for by many at once: one piece of work
/// after the other, in the order in which they come. Loop thread only; lives as long as the loop
/// runs.
class one_at_a_time {
 public:
  /// Runs `work` now, or when those before it have called leave().
  void enter(io::task work) {
    if (is_busy_) {
      return waiting_.push_back(std::move(work));
    }
    is_busy_ = true;
    work();
  }
  /// The work is done: the next begins in a turn of the loop of its own, also where it comes before
  /// that.
  void leave(io::event_loop& loop) {
    loop.post([this] {
      if (waiting_.empty()) {
        is_busy_ = false;
        return;
      }
      io::task next = std::move(waiting_.front());
      waiting_.pop_front();
      next();
    });
  }

 private:
  bool is_busy_ = false;
  std::deque<io::task> waiting_;
};

}  // namespace tidemill::api
