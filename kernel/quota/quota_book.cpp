#include "quota/quota_book.hpp"

#include <utility>

namespace tidemill::quota {

void quota_book::change(std::shared_ptr<const metadata::client_quotas> quotas, log_index as_of) {
  const std::lock_guard lock(mutex_);
  if (quotas == quotas_ || as_of < as_of_) {
    return;
  }
  as_of_ = as_of;
  quotas_ = std::move(quotas);
  is_active_.store(!quotas_->empty(), std::memory_order_relaxed);
  version_.fetch_add(1, std::memory_order_release);
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
      gates[index] = gate_of(std::move(*found), what, now);
    }
  }
  return gates;
}

std::shared_ptr<rate_gate> quota_book::gate_of(limit wanted, kind what, io::monotonic_time now) {
  auto found = gates_.find(wanted.shared_by);
  if (found == gates_.end() && gates_.size() >= gates_max) {
    // Whoever comes back after he has paid begins anew, which changes nothing for him.
    std::erase_if(gates_, [now](const auto& each) {
      return each.second.use_count() == 1 && each.second->is_paid(now);
    });
    if (gates_.size() >= gates_max) {
      wanted.shared_by = "others/" + std::to_string(static_cast<unsigned>(what));
      found = gates_.find(wanted.shared_by);
    }
  }
  if (found == gates_.end()) {
    found =
        gates_.emplace(std::move(wanted.shared_by), std::make_shared<rate_gate>(wanted.rate)).first;
  }
  found->second->change(wanted.rate);
  return found->second;
}

}  // namespace tidemill::quota
