#include "extension/control_calls.hpp"

#include <chrono>
#include <utility>

namespace tidemill::extension {

outcome<void> control_calls::run(const std::string& key, const std::string& what, io::task call) {
  if (const auto before = unreturned_.find(key); before != unreturned_.end()) {
    if (!before->second.has_returned->load(std::memory_order_acquire)) {
      return problem{before->second.what + " still has not returned; it has to before " + what +
                     " can be called"};
    }
    unreturned_.erase(before);
  }
  auto has_returned = std::make_shared<std::atomic<bool>>(false);
  const bool is_done = thread_.run(
      [call = std::move(call), has_returned]() mutable {
        call();
        call = nullptr;
        has_returned->store(true, std::memory_order_release);
      },
      environment_.hang_after);
  if (is_done) {
    return {};
  }
  unreturned_.emplace(key, unreturned{what, std::move(has_returned)});
  const auto waited =
      std::chrono::duration_cast<std::chrono::milliseconds>(environment_.hang_after);
  return problem{what + " has not returned after " + std::to_string(waited.count()) +
                 " ms; nobody waits for it any longer"};
}

}  // namespace tidemill::extension
