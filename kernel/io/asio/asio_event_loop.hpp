#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>

#include "io/event_loop.hpp"
#include "io/system_clock.hpp"
#include "io/timer_queue.hpp"

namespace tidemill::io::asio {

/// The event loop over one io_context that one thread runs. Includes Asio: for this folder only.
class asio_event_loop final : public event_loop {
 public:
  asio_event_loop();
  ~asio_event_loop() override;

  void post(task work) override;
  [[nodiscard]] timer_id schedule(std::chrono::nanoseconds delay, task work) override;
  void cancel(timer_id timer) noexcept override;
  [[nodiscard]] bool is_current() const noexcept override;
  [[nodiscard]] const class clock& clock() const noexcept override { return clock_; }

  /// Runs tasks until stop(). Once.
  void run();
  /// Makes run() return after the task in hand. Any thread.
  void stop();

  [[nodiscard]] boost::asio::io_context& context() noexcept { return context_; }

 private:
  void arm();
  void run_due();

  system_clock clock_;
  boost::asio::io_context context_{1};
  boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                    boost::asio::wait_traits<std::chrono::steady_clock>,
                                    boost::asio::io_context::executor_type>
      alarm_{context_.get_executor()};
  timer_queue timers_;
  std::optional<monotonic_time> armed_for_;
};

}  // namespace tidemill::io::asio
