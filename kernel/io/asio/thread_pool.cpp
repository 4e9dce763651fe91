#include "io/asio/thread_pool.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <utility>

#include "io/crash_note.hpp"

namespace tidemill::io::asio {

struct thread_pool::state {
  explicit state(std::size_t thread_count) : threads(thread_count) {}
  boost::asio::thread_pool threads;
};

thread_pool::thread_pool(std::size_t thread_count)
    : state_(std::make_unique<state>(thread_count)) {}
thread_pool::~thread_pool() {
  stop();
}

void thread_pool::submit(task work) {
  boost::asio::post(state_->threads, [work = std::move(work)]() mutable {
    use_crash_stack();
    work();
  });
}

void thread_pool::stop() {
  state_->threads.join();
}

}  // namespace tidemill::io::asio
