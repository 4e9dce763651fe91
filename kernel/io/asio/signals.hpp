#pragma once

#include <memory>

#include "base/unique_function.hpp"
#include "io/event_loop.hpp"

namespace tidemill::io::asio {

/// Turns SIGTERM, SIGINT and SIGHUP of the process into calls on a loop. Each
/// object of a process hears all of them.
class signals {
 public:
  /// `arrived` gets the signal's number, on the loop's thread, each time one comes. `loop` comes
  /// from a loop_thread and must not run yet, or this runs on it.
  signals(event_loop& loop, unique_function<void(int)> arrived);
  /// On the loop's thread, or after the loop has stopped.
  ~signals();
  signals(const signals&) = delete;
  signals& operator=(const signals&) = delete;

 private:
  struct state;
  std::shared_ptr<state> state_;  // shared with the wait in flight
};

}  // namespace tidemill::io::asio
