#pragma once

#include <chrono>
#include <string_view>

#include "io/event_loop.hpp"
#include "server/logging/logger.hpp"

namespace tidemill::server {

/// Tells whoever waits for a slow stop what it waits for: a line every two seconds, none where the
/// stop is quick. On the thread of its loop.
class stop_progress {
 public:
  /// Borrows both; time counts from here.
  stop_progress(io::event_loop& loop, logger& log);
  ~stop_progress();
  stop_progress(const stop_progress&) = delete;
  stop_progress& operator=(const stop_progress&) = delete;

  /// The step that has begun; a literal.
  void waits_for(std::string_view step) noexcept { step_ = step; }

 private:
  static constexpr std::chrono::seconds interval{2};
  void tell_later();

  io::event_loop& loop_;
  logger& log_;
  const io::monotonic_time began_;
  std::string_view step_;
  io::event_loop::timer_id timer_ = io::event_loop::no_timer;
};

}  // namespace tidemill::server
