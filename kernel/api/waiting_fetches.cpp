#include "api/waiting_fetches.hpp"

#include <utility>

#include "api/fetch_operation.hpp"
#include "base/assert.hpp"

namespace tidemill::api {

void waiting_fetch_list::add(std::uint64_t connection, std::weak_ptr<fetch_operation> fetch,
                             std::size_t bytes) {
  const auto turn = oldest_first_.insert(oldest_first_.end(), connection);
  const auto added = by_connection_.try_emplace(connection, place{std::move(fetch), bytes, turn});
  TIDEMILL_ASSERT(added.second);
  bytes_ += bytes;
}

void waiting_fetch_list::remove(std::uint64_t connection) noexcept {
  const auto found = by_connection_.find(connection);
  if (found != by_connection_.end()) {
    bytes_ -= found->second.bytes;
    oldest_first_.erase(found->second.turn);
    by_connection_.erase(found);
  }
}

std::shared_ptr<fetch_operation> waiting_fetch_list::find(std::uint64_t connection) const {
  const auto found = by_connection_.find(connection);
  return found != by_connection_.end() ? found->second.fetch.lock() : nullptr;
}

std::vector<std::shared_ptr<fetch_operation>> waiting_fetch_list::all() const {
  std::vector<std::shared_ptr<fetch_operation>> waiting;
  waiting.reserve(by_connection_.size());
  for (const std::uint64_t connection : oldest_first_) {
    if (auto fetch = find(connection)) {
      waiting.push_back(std::move(fetch));
    }
  }
  return waiting;
}

std::shared_ptr<fetch_operation> waiting_fetch_list::take_excess() {
  while (bytes_ > bytes_max_) {
    const std::uint64_t newest = oldest_first_.back();
    const bool is_large = by_connection_.at(newest).bytes > bytes_max_ / large_part;
    const std::uint64_t taken = is_large ? newest : oldest_first_.front();
    auto fetch = find(taken);
    remove(taken);
    if (fetch != nullptr) {
      return fetch;
    }
  }
  return nullptr;
}

}  // namespace tidemill::api
