#include "bounded_map.hpp"

#include <utility>

namespace tidemill::rules {

const bounded_map::value* bounded_map::find(std::string_view key) const noexcept {
  const auto found = index_.find(key);
  return found == index_.end() ? nullptr : &found->second->what;
}

bool bounded_map::set(std::string_view key, value what) noexcept {
  try {
    put(key, std::move(what));
    return true;
  } catch (...) {
    return false;
  }
}

void bounded_map::put(std::string_view key, value what) {
  if (const auto found = index_.find(key); found != index_.end()) {
    const auto at = found->second;
    if (std::holds_alternative<std::monostate>(what)) {
      index_.erase(found);
      entries_.erase(at);
      return;
    }
    at->what = std::move(what);
    entries_.splice(entries_.end(), entries_, at);
    return;
  }
  if (std::holds_alternative<std::monostate>(what)) {
    return;
  }
  if (entries_.size() >= entries_max_) {
    index_.erase(entries_.front().key);
    entries_.pop_front();
  }
  entries_.push_back({std::string(key), std::move(what)});
  const auto at = std::prev(entries_.end());
  try {
    index_.emplace(at->key, at);
  } catch (...) {
    entries_.pop_back();
    throw;
  }
}

}  // namespace tidemill::rules
