#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <utility>

#include "io/event_loop.hpp"

namespace tidemill::api::test {

class manual_clock final : public io::clock {
 public:
  [[nodiscard]] io::monotonic_time now() const noexcept override { return now_ += tick; }
  [[nodiscard]] io::wall_time wall_now() const noexcept override {
    return io::wall_time{std::chrono::milliseconds{1'000'000}} +
           std::chrono::duration_cast<std::chrono::milliseconds>(now_.time_since_epoch());
  }
  void advance(std::chrono::nanoseconds step) noexcept { now_ += step; }

  /// How far it goes on with each look: time that work takes.
  std::chrono::nanoseconds tick{0};

 private:
  mutable io::monotonic_time now_{};
};

/// A loop that runs when the test says so; every loop of a test is on the test's thread.
class manual_loop final : public io::event_loop {
 public:
  explicit manual_loop(const manual_clock& clock) : clock_(clock) {}

  void post(io::task work) override { tasks_.push_back(std::move(work)); }
  [[nodiscard]] timer_id schedule(std::chrono::nanoseconds delay, io::task work) override {
    timers_.emplace(++last_timer_, pending{clock_.now() + delay, std::move(work)});
    return last_timer_;
  }
  void cancel(timer_id timer) noexcept override { timers_.erase(timer); }
  [[nodiscard]] bool is_current() const noexcept override { return true; }
  [[nodiscard]] const io::clock& clock() const noexcept override { return clock_; }

  /// Runs what is posted and due; true when there was something.
  bool run_some() {
    bool ran = false;
    for (auto at = timers_.begin(); at != timers_.end();) {
      if (at->second.due > clock_.now()) {
        ++at;
        continue;
      }
      auto work = std::move(at->second.work);
      timers_.erase(at);
      work();
      at = timers_.begin();
      ran = true;
    }
    for (auto left = tasks_.size(); left > 0; --left) {
      auto work = std::move(tasks_.front());
      tasks_.pop_front();
      work();
      ran = true;
    }
    return ran;
  }
  [[nodiscard]] std::size_t timer_count() const noexcept { return timers_.size(); }

 private:
  struct pending {
    io::monotonic_time due;
    io::task work;
  };
  const manual_clock& clock_;
  std::deque<io::task> tasks_;
  std::map<timer_id, pending> timers_;
  timer_id last_timer_ = no_timer;
};

/// Keeps what is submitted until the test's thread runs it.
class manual_pool final : public io::blocking_pool {
 public:
  void submit(io::task work) override { tasks_.push_back(std::move(work)); }
  bool run_some() {
    const bool any = !tasks_.empty();
    while (!tasks_.empty()) {
      auto work = std::move(tasks_.front());
      tasks_.pop_front();
      work();
    }
    return any;
  }

 private:
  std::deque<io::task> tasks_;
};

}  // namespace tidemill::api::test
