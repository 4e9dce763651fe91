#pragma once

#include <chrono>
#include <memory>

#include "io/event_loop.hpp"

namespace tidemill::io {

/// A thread for calls that may never return: whoever makes one waits for it only so long, then
/// leaves the thread to the call and goes on with another thread. One caller at a time.
class patient_thread {
 public:
  patient_thread();
  /// Joins the thread; those that were left behind go on, or end when their calls return.
  ~patient_thread();
  patient_thread(const patient_thread&) = delete;
  patient_thread& operator=(const patient_thread&) = delete;

  /// Runs the work on the thread and waits until it has ended. False: it has not after `patience`,
  /// of real time. What it holds stays its own then, and is destroyed on its thread should it end.
  [[nodiscard]] bool run(task work, std::chrono::nanoseconds patience);

 private:
  struct channel;
  class worker;
  std::unique_ptr<worker> worker_;
};

}  // namespace tidemill::io
