#include "quota/quota_book.hpp"

#include <utility>

namespace tidemill::quota {

void quota_book::change(std::shared_ptr<const metadata::client_quotas> quotas, log_index as_of) {
  const std::lock_guard lock(mutex_);
  if (quotas == quotas_ || as_of < as_of_) {
    return;
  }
  as_of_ = as_of;
  forget_removed(*quotas);
  quotas_ = std::move(quotas);
  is_active_.store(!quotas_->empty(), std::memory_order_relaxed);
  version_.fetch_add(1, std::memory_order_release);
}

/// With a limit goes what is owed under it. Who shares which gate is not known here: all gates of
/// that kind go, which costs each client's next second at most.
void quota_book::forget_removed(const metadata::client_quotas& next) {
  if (quotas_ == nullptr) {
    return;
  }
  for (const auto& [entity, values] : *quotas_) {
    const auto still = next.find(entity);
    for (const auto& [key, rate] : values) {
      if (still == next.end() || !still->second.contains(key)) {
        std::erase_if(gates_,
                      [&key](const auto& each) { return each.first.starts_with(key + "/"); });
      }
    }
  }
}

client_gates quota_book::gates_of(std::string_view user, std::string_view client,
                                  io::monotonic_time now) {
  const std::lock_guard lock(mutex_);
  client_gates gates;
  if (quotas_ == nullptr) {
    return gates;
  }
  for (std::size_t index = 0; index < kind_count; ++index) {
    const kind what{static_cast<std::uint8_t>(index)};
    if (auto found = find_limit(*quotas_, what, user, client)) {
      gates[index] = gate_of(std::move(*found), now);
    }
  }
  return gates;
}

std::shared_ptr<rate_gate> quota_book::gate_of(limit wanted, io::monotonic_time now) {
  auto found = gates_.find(wanted.shared_by);
  if (found == gates_.end() && gates_.size() >= gates_max) {
    // Whoever comes back after he has paid begins anew, which changes nothing for him.
    std::erase_if(gates_, [now](const auto& each) {
      return each.second.use_count() == 1 && each.second->is_paid(now);
    });
    if (gates_.size() >= gates_max) {
      wanted.shared_by.resize(wanted.shared_by.find('/') + 1);
      found = gates_.find(wanted.shared_by);
    }
  }
  if (found == gates_.end()) {
    found =
        gates_.emplace(std::move(wanted.shared_by), std::make_shared<rate_gate>(wanted.rate)).first;
  }
  found->second->change(wanted.rate, now);
  return found->second;
}

}  // namespace tidemill::quota
