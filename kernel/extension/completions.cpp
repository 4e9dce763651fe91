#include "extension/completions.hpp"

#include <utility>

namespace tidemill::extension {

tidemill_token completions::expect(const void* owner, io::event_loop& home, receiver receive) {
  const std::lock_guard lock(mutex_);
  const tidemill_token token = next_++;
  calls_.emplace(token, call{owner, &home, std::move(receive)});
  return token;
}

bool completions::cancel(tidemill_token token) {
  const std::lock_guard lock(mutex_);
  return calls_.erase(token) != 0;
}

void completions::complete(const void* owner, tidemill_token token, tidemill_status status,
                           const void* result, const tidemill_error* error) {
  std::unique_lock lock(mutex_);
  const auto found = calls_.find(token);
  if (found == calls_.end() || found->second.owner != owner || status == TIDEMILL_PENDING) {
    return;
  }
  call taken = std::move(found->second);
  calls_.erase(found);
  lock.unlock();
  taken.home->post(taken.receive(status, result, error));
}

std::size_t completions::in_flight() const {
  const std::lock_guard lock(mutex_);
  return calls_.size();
}

}  // namespace tidemill::extension
