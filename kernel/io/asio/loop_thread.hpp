#pragma once

#include <memory>
#include <string>

#include "io/event_loop.hpp"

namespace tidemill::io::asio {

/// One event loop and the thread that runs it. Built, started, stopped and destroyed by one other
/// thread. Between building and start() the builder may use the loop as if it were its own thread.
class loop_thread {
 public:
  /// The name is that of the thread (at most 15 bytes are shown by the operating system).
  explicit loop_thread(std::string name);
  /// Stops when stop() was forgotten. Tasks that never ran are destroyed unrun.
  ~loop_thread();
  loop_thread(const loop_thread&) = delete;
  loop_thread& operator=(const loop_thread&) = delete;

  [[nodiscard]] event_loop& loop() noexcept;

  void start();
  /// Ends the loop after the task in hand and joins the thread. Whoever stops first lets the rooms
  /// that use the loop finish their work. Harmless when it is not running.
  void stop();

  /// Instead of start(): runs the loop on the calling thread until end_run().
  void run();
  /// Makes run() return. Any thread, also from a task of the loop.
  void end_run();

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace tidemill::io::asio
