#include "io/asio/loop_thread.hpp"

#include <pthread.h>

#include <thread>
#include <utility>

#include "base/assert.hpp"
#include "io/asio/asio_event_loop.hpp"
#include "io/crash_note.hpp"

namespace tidemill::io::asio {

struct loop_thread::state {
  std::string name;
  asio_event_loop loop;
  std::thread thread;
};

loop_thread::loop_thread(std::string name) : state_(std::make_unique<state>()) {
  constexpr std::size_t name_size_max = 15;
  state_->name = std::move(name);
  state_->name.resize(std::min(state_->name.size(), name_size_max));
}

loop_thread::~loop_thread() {
  stop();
}

event_loop& loop_thread::loop() noexcept {
  return state_->loop;
}

void loop_thread::start() {
  TIDEMILL_ASSERT(!state_->thread.joinable());
  state_->thread = std::thread([state = state_.get()] {
    ::pthread_setname_np(::pthread_self(), state->name.c_str());
    use_crash_stack();
    state->loop.run();
  });
}

void loop_thread::stop() {
  state_->loop.stop();
  if (state_->thread.joinable()) {
    state_->thread.join();
  }
}

void loop_thread::run() {
  use_crash_stack();
  state_->loop.run();
}

void loop_thread::end_run() {
  state_->loop.stop();
}

}  // namespace tidemill::io::asio
