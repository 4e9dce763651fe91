#include "io/asio/thread_pool.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "io/crash_note.hpp"

namespace tidemill::io::asio {

struct thread_pool::state {
  explicit state(std::size_t thread_count) : threads(thread_count) {}
  boost::asio::thread_pool threads;
  std::mutex mutex;
  std::vector<std::thread> added;
};

thread_pool::thread_pool(std::size_t thread_count)
    : state_(std::make_unique<state>(thread_count)) {}
thread_pool::~thread_pool() {
  stop();
}

void thread_pool::submit(task work) {
  boost::asio::post(state_->threads, [this, work = std::move(work)]() mutable {
    use_crash_stack(this);
    work();
  });
}

void thread_pool::add_thread() {
  const std::lock_guard lock(state_->mutex);
  state_->added.emplace_back([state = state_.get()] { state->threads.attach(); });
}

void thread_pool::stop() {
  state_->threads.join();
  const std::lock_guard lock(state_->mutex);
  for (std::thread& one : state_->added) {
    one.join();
  }
  state_->added.clear();
}

}  // namespace tidemill::io::asio
