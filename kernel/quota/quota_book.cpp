#include "quota/quota_book.hpp"

#include <algorithm>
#include <utility>

namespace tidemill::quota {
namespace {

/// As far back as Kafka looks: a request that took long is not felt for minutes.
constexpr std::chrono::seconds request_time_debt_max{10};
constexpr std::chrono::seconds sweep_interval{10};

}  // namespace

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

std::shared_ptr<rate_gate> quota_book::gate_of(kind what, std::string_view user,
                                               std::string_view client, io::monotonic_time now) {
  const std::lock_guard lock(mutex_);
  auto wanted = quotas_ == nullptr ? std::nullopt : find_limit(*quotas_, what, user, client);
  if (!wanted) {
    return nullptr;
  }
  const auto known = gates_.find(wanted->shared_by);
  if (known != gates_.end() && known->second.generation == wanted->generation) {
    known->second.gate->change(wanted->rate, now);
    return known->second.gate;
  }
  auto made = what == kind::request_time
                  ? std::make_shared<rate_gate>(wanted->rate, request_time_debt_max)
                  : std::make_shared<rate_gate>(wanted->rate);
  if (known != gates_.end()) {
    known->second = {made, wanted->generation};
  } else if (has_room(now)) {
    gates_.emplace(std::move(wanted->shared_by), shared_gate{made, wanted->generation});
  }
  return made;
}

bool quota_book::has_room(io::monotonic_time now) {
  if (gates_.size() < sweep_size_ || now - swept_at_ < sweep_interval) {
    return gates_.size() < gates_max;
  }
  swept_at_ = now;
  // Whoever comes back after he has paid begins anew, which changes nothing for him.
  std::erase_if(gates_, [now](const auto& each) {
    return each.second.gate.use_count() == 1 && each.second.gate->is_paid(now);
  });
  sweep_size_ = std::clamp(2 * gates_.size(), sweep_size_min, gates_max);
  return gates_.size() < gates_max;
}

}  // namespace tidemill::quota
