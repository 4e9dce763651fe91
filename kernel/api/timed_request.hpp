#pragma once

#include <chrono>
#include <memory>

#include "api/request_context.hpp"
#include "base/unique_function.hpp"
#include "io/event_loop.hpp"

namespace tidemill::api {

/// A request that is answered by whichever comes first: its result or its deadline. Held by
/// std::shared_ptr, because both the timer and the work elsewhere refer to it; home loop only.
class timed_request {
 public:
  explicit timed_request(request_context request) noexcept : request_(std::move(request)) {}

  /// Starts the clock. `at_deadline` answers the request.
  static void start(const std::shared_ptr<timed_request>& self, std::chrono::milliseconds timeout,
                    unique_function<void(request_context&)> at_deadline);

  /// Stops the clock. The request, to be answered now; nullptr when the deadline has answered it.
  [[nodiscard]] request_context* finish() noexcept;

 private:
  request_context request_;
  io::event_loop::timer_id timer_ = io::event_loop::no_timer;
  bool finished_ = false;
};

}  // namespace tidemill::api
