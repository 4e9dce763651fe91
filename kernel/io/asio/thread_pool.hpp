#pragma once

#include <cstddef>
#include <memory>

#include "io/event_loop.hpp"

namespace tidemill::io::asio {

/// A blocking_pool of a few threads that take tasks in order; each is listed with the pool as its
/// owner (use_crash_stack()).
class thread_pool final : public blocking_pool {
 public:
  explicit thread_pool(std::size_t thread_count);
  ~thread_pool() override;

  void submit(task work) override;
  /// One more thread, in the place of one that hangs. Any thread.
  void add_thread();
  /// Runs what was submitted to its end and joins the threads. Not on a thread of the pool.
  void stop();

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace tidemill::io::asio
