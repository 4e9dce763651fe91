#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/unique_function.hpp"
#include "io/clock.hpp"

namespace tidemill::network {

/// What a deadline_wheel holds; leaves the wheel by itself when destroyed.
class deadline_hook {
 public:
  deadline_hook() noexcept : previous_(this), next_(this) {}
  deadline_hook(const deadline_hook&) = delete;
  deadline_hook& operator=(const deadline_hook&) = delete;
  [[nodiscard]] bool is_linked() const noexcept { return next_ != this; }
  void unlink() noexcept {
    previous_->next_ = next_;
    next_->previous_ = previous_;
    previous_ = next_ = this;
  }

 protected:
  ~deadline_hook() { unlink(); }

 private:
  friend class deadline_wheel;
  deadline_hook* previous_;
  deadline_hook* next_;
};

/// Coarse deadlines of many connections behind one timer: a ring of intrusive lists, one for each
/// tick. Moving a deadline costs a few pointers and no allocation. A deadline beyond the ring comes
/// early, at its end: whoever gets it looks at the time. Pure; one thread.
class deadline_wheel {
 public:
  deadline_wheel(io::monotonic_time start, std::chrono::nanoseconds tick) noexcept
      : tick_(tick), turned_to_(start) {}

  /// Links the hook, or moves it; it comes at the first tick at or after `deadline`.
  void set(deadline_hook& hook, io::monotonic_time deadline) noexcept;

  /// Unlinks the hooks of all ticks up to `now` and hands each to `due`, which may set it again,
  /// and set or destroy any other.
  void turn(io::monotonic_time now, unique_function<void(deadline_hook&)>& due);

 private:
  static constexpr std::size_t slot_count = 512;
  class slot_head final : public deadline_hook {};

  std::chrono::nanoseconds tick_;
  io::monotonic_time turned_to_;
  std::size_t current_ = 0;
  std::array<slot_head, slot_count> slots_;
};

}  // namespace tidemill::network
