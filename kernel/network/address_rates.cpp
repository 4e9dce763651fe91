#include "network/address_rates.hpp"

#include <utility>

namespace tidemill::network {

void address_rates::change(named_rates named, std::size_t others) {
  named_ = std::move(named);
  others_ = others;
  came_.clear();
  overflow_ = connection_rate(others);
}

std::size_t address_rates::rate_of(const std::string& address) const noexcept {
  const auto found = named_.find(address);
  return found == named_.end() ? others_ : found->second;
}

bool address_rates::take(const std::string& address, io::monotonic_time now) {
  const std::size_t rate = rate_of(address);
  if (rate == 0) {
    return true;
  }
  connection_rate& of = known(address, rate, now);
  if (of.wait(now).count() > 0) {
    return false;
  }
  of.take(now);
  return true;
}

connection_rate& address_rates::known(const std::string& address, std::size_t per_second_max,
                                      io::monotonic_time now) {
  if (const auto found = came_.find(address); found != came_.end()) {
    return found->second;
  }
  if (came_.size() >= addresses_max) {
    std::erase_if(came_, [now](const auto& each) { return each.second.is_rested(now); });
    if (came_.size() >= addresses_max) {
      return overflow_;
    }
  }
  return came_.emplace(address, connection_rate(per_second_max)).first->second;
}

}  // namespace tidemill::network
