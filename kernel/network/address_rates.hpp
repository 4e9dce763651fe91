#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>

#include "io/clock.hpp"
#include "network/connection_rate.hpp"

namespace tidemill::network {

/// How fast connections may come from each address (KIP-612). Pure; one thread.
class address_rates {
 public:
  /// Addresses that are remembered at most; those beyond share one rate.
  static constexpr std::size_t addresses_max = 10'000;

  using named_rates = std::unordered_map<std::string, std::size_t>;
  /// Connections a second of some addresses, and of each other one; 0: as fast as they like. What
  /// came before is forgotten.
  void change(named_rates named, std::size_t others);

  /// False: too many have come from there lately; this one does not count.
  [[nodiscard]] bool take(const std::string& address, io::monotonic_time now);
  /// Connections a second of the address.
  [[nodiscard]] std::size_t rate_of(const std::string& address) const noexcept;

 private:
  [[nodiscard]] connection_rate& known(const std::string& address, std::size_t per_second_max,
                                       io::monotonic_time now);

  named_rates named_;
  std::size_t others_ = 0;
  std::unordered_map<std::string, connection_rate> came_;
  connection_rate overflow_;
};

}  // namespace tidemill::network
