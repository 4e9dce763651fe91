#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "io/clock.hpp"
#include "io/event_loop.hpp"

namespace tidemill::io {

/// The timers of one loop, ordered by deadline: a binary heap over reused slots, so that a long
/// poll that is scheduled and cancelled allocates nothing. Pure; one thread.
class timer_queue {
 public:
  event_loop::timer_id add(monotonic_time deadline, task work);
  /// Destroys the task; harmless for a timer that is gone.
  void cancel(event_loop::timer_id timer) noexcept;

  /// The earliest deadline. May be that of a cancelled timer: waking up for it is harmless.
  [[nodiscard]] std::optional<monotonic_time> next_deadline() const noexcept;
  /// The task of the earliest timer that is due, removed; an empty task when none is.
  [[nodiscard]] task take_due(monotonic_time now) noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return slots_.size() - free_.size(); }

 private:
  struct slot {
    task work;
    std::uint32_t generation = 1;
  };
  struct entry {
    monotonic_time deadline;
    std::uint32_t slot;
    std::uint32_t generation;
  };

  [[nodiscard]] bool is_live(const entry& candidate) const noexcept {
    return slots_[candidate.slot].generation == candidate.generation;
  }
  task release(std::uint32_t index) noexcept;
  void drop_cancelled() noexcept;

  std::vector<slot> slots_;
  std::vector<std::uint32_t> free_;
  std::vector<entry> heap_;
};

}  // namespace tidemill::io
