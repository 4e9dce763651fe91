#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <utility>

#include "io/clock.hpp"
#include "io/event_loop.hpp"

namespace tidemill::test {

/// Time that moves when a test says so.
class manual_clock final : public io::clock {
 public:
  [[nodiscard]] io::monotonic_time now() const noexcept override {
    // Without a tick nothing is written: then threads may look at once.
    return tick.count() == 0 ? now_ : now_ += tick;
  }
  [[nodiscard]] io::wall_time wall_now() const noexcept override { return wall_now_; }
  void advance(std::chrono::nanoseconds by) noexcept {
    now_ += by;
    wall_now_ += std::chrono::duration_cast<std::chrono::milliseconds>(by);
  }

  /// How far it goes on with each look: time that work takes.
  std::chrono::nanoseconds tick{0};

 private:
  mutable io::monotonic_time now_{std::chrono::hours(1)};
  io::wall_time wall_now_{std::chrono::milliseconds(1'700'000'000'000)};
};

/// A loop that runs when a test says so: tasks in order, timers when the time given to
/// run_for() has come. One thread.
class manual_event_loop final : public io::event_loop {
 public:
  explicit manual_event_loop(manual_clock& time) noexcept : clock_(time) {}

  void post(io::task work) override { tasks_.push_back(std::move(work)); }
  [[nodiscard]] timer_id schedule(std::chrono::nanoseconds delay, io::task work) override {
    const timer_id id = ++last_timer_;
    timers_.emplace(std::pair(clock_.now() + delay, id), std::move(work));
    return id;
  }
  void cancel(timer_id timer) noexcept override {
    for (auto each = timers_.begin(); each != timers_.end(); ++each) {
      if (each->first.second == timer) {
        timers_.erase(each);
        return;
      }
    }
  }
  [[nodiscard]] bool is_current() const noexcept override { return true; }
  [[nodiscard]] const io::clock& clock() const noexcept override { return clock_; }

  /// Runs one task; false when there is none.
  bool run_one() {
    if (tasks_.empty()) {
      return false;
    }
    io::task work = std::move(tasks_.front());
    tasks_.pop_front();
    work();
    return true;
  }
  /// Runs tasks until none is left; returns how many.
  std::size_t run() {
    std::size_t count = 0;
    while (run_one()) {
      ++count;
    }
    return count;
  }
  /// Lets time pass, running tasks and the timers that come due, in their order.
  void run_for(std::chrono::nanoseconds duration) {
    const io::monotonic_time end = clock_.now() + duration;
    run();
    while (!timers_.empty() && timers_.begin()->first.first <= end) {
      auto due = timers_.extract(timers_.begin());
      if (due.key().first > clock_.now()) {
        clock_.advance(due.key().first - clock_.now());
      }
      due.mapped()();
      run();
    }
    clock_.advance(end - clock_.now());
  }
  [[nodiscard]] std::size_t pending_tasks() const noexcept { return tasks_.size(); }
  [[nodiscard]] std::size_t pending_timers() const noexcept { return timers_.size(); }

 private:
  manual_clock& clock_;
  std::deque<io::task> tasks_;
  std::map<std::pair<io::monotonic_time, timer_id>, io::task> timers_;
  timer_id last_timer_ = 0;
};

/// A pool without threads: work runs at once, or is held until a test lets it go.
class manual_blocking_pool final : public io::blocking_pool {
 public:
  void submit(io::task work) override {
    if (held_) {
      waiting_.push_back(std::move(work));
    } else {
      work();
    }
  }
  /// From now on work waits.
  void hold() noexcept { held_ = true; }
  /// Runs what waits, and again everything at once.
  void release() {
    held_ = false;
    while (run_one()) {
    }
  }
  bool run_one() {
    if (waiting_.empty()) {
      return false;
    }
    io::task work = std::move(waiting_.front());
    waiting_.pop_front();
    work();
    return true;
  }
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.size(); }

 private:
  std::deque<io::task> waiting_;
  bool held_ = false;
};

}  // namespace tidemill::test
