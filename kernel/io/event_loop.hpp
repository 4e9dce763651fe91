#pragma once

#include <chrono>
#include <cstdint>

#include "base/unique_function.hpp"
#include "io/clock.hpp"

namespace tidemill::io {

using task = unique_function<void()>;

/// The loop of one shard: tasks and timers that run one after the other on one thread.
class event_loop {
 public:
  using timer_id = std::uint64_t;
  static constexpr timer_id no_timer = 0;

  virtual ~event_loop() = default;

  /// Runs the task on the loop's thread, after those posted before it. Any thread.
  virtual void post(task work) = 0;

  /// Runs the task once, no earlier than `delay` from now. Loop thread only.
  [[nodiscard]] virtual timer_id schedule(std::chrono::nanoseconds delay, task work) = 0;

  /// Forgets a timer and destroys its task; harmless when it has fired or is no_timer. Loop thread.
  virtual void cancel(timer_id timer) noexcept = 0;

  /// True on the loop's own thread.
  [[nodiscard]] virtual bool is_current() const noexcept = 0;

  [[nodiscard]] virtual const class clock& clock() const noexcept = 0;
};

/// A few threads for what may block: sync, cold reads, recovery, deletion. Any thread.
class blocking_pool {
 public:
  virtual ~blocking_pool() = default;
  /// Runs the task on some thread of the pool. The task posts its outcome to the loop that asked.
  virtual void submit(task work) = 0;
};

}  // namespace tidemill::io
