#include "io/patient_thread.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "io/crash_note.hpp"

namespace tidemill::io {

/// What the caller and a thread share; the thread may outlive the caller.
struct patient_thread::channel {
  std::mutex mutex;
  std::condition_variable changed;
  task work;
  bool is_done = true;
  bool is_ending = false;

  void serve() {
    use_crash_stack();
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [this] { return work || is_ending; });
      if (!work) {
        return;
      }
      task taken = std::exchange(work, nullptr);
      lock.unlock();
      taken();
      taken = nullptr;
      lock.lock();
      is_done = true;
      changed.notify_all();
    }
  }
};

class patient_thread::worker {
 public:
  worker() : thread_([shared = shared_] { shared->serve(); }) {}
  ~worker() {
    {
      const std::lock_guard lock(shared_->mutex);
      shared_->is_ending = true;
    }
    shared_->changed.notify_all();
    if (is_left_behind_) {
      thread_.detach();
    } else {
      thread_.join();
    }
  }
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;

  [[nodiscard]] bool run(task work, std::chrono::nanoseconds patience) {
    std::unique_lock lock(shared_->mutex);
    shared_->work = std::move(work);
    shared_->is_done = false;
    shared_->changed.notify_all();
    const bool is_done =
        shared_->changed.wait_for(lock, patience, [this] { return shared_->is_done; });
    is_left_behind_ = !is_done;
    return is_done;
  }

 private:
  // Shared with the thread, which may be left behind.
  std::shared_ptr<channel> shared_ = std::make_shared<channel>();
  bool is_left_behind_ = false;
  std::thread thread_;
};

patient_thread::patient_thread() = default;
patient_thread::~patient_thread() = default;

bool patient_thread::run(task work, std::chrono::nanoseconds patience) {
  if (worker_ == nullptr) {
    worker_ = std::make_unique<worker>();
  }
  const bool is_done = worker_->run(std::move(work), patience);
  if (!is_done) {
    worker_.reset();
  }
  return is_done;
}

}  // namespace tidemill::io
