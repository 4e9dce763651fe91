#include "io/asio/asio_event_loop.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "base/assert.hpp"

namespace tidemill::io::asio {
namespace {

constexpr int timers_per_round_max = 256;

}  // namespace

asio_event_loop::asio_event_loop() = default;
asio_event_loop::~asio_event_loop() = default;

void asio_event_loop::post(task work) {
  boost::asio::post(context_, std::move(work));
}

event_loop::timer_id asio_event_loop::schedule(std::chrono::nanoseconds delay, task work) {
  const timer_id timer = timers_.add(clock_.now() + delay, std::move(work));
  arm();
  return timer;
}

void asio_event_loop::cancel(timer_id timer) noexcept {
  timers_.cancel(timer);
}

bool asio_event_loop::is_current() const noexcept {
  return const_cast<boost::asio::io_context&>(context_).get_executor().running_in_this_thread();
}

void asio_event_loop::run() {
  const auto stay = boost::asio::make_work_guard(context_);
  context_.run();
}

void asio_event_loop::stop() {
  context_.stop();
}

// Asks for a wake-up only when the earliest deadline has moved forward: most timers are cancelled
// before they fire, and a wake-up for one of those does nothing.
void asio_event_loop::arm() {
  const std::optional<monotonic_time> deadline = timers_.next_deadline();
  if (!deadline || (armed_for_ && *armed_for_ <= *deadline)) {
    return;
  }
  armed_for_ = deadline;
  alarm_.expires_at(*deadline);
  alarm_.async_wait([this](const boost::system::error_code& failure) {
    if (!failure) {
      armed_for_.reset();
      run_due();
    }
  });
}

void asio_event_loop::run_due() {
  for (int count = 0; count < timers_per_round_max; ++count) {
    task due = timers_.take_due(clock_.now());
    if (!due) {
      break;
    }
    due();
  }
  arm();
}

}  // namespace tidemill::io::asio
