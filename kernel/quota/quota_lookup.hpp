#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "metadata/client_quotas.hpp"

namespace tidemill::quota {

/// What of a client is limited.
enum class kind : std::uint8_t {
  produce,       ///< bytes of produce requests
  fetch,         ///< bytes of answers to fetches
  request_time,  ///< nanoseconds of a thread
  mutation       ///< partitions made or deleted
};
inline constexpr std::size_t kind_count = 4;

/// A name as it is remembered: itself, or a digest where it is long, for a client id may have 32
/// KiB and there may be many. Views the name that it is made of.
class bounded_name {
 public:
  static constexpr std::size_t size_max = 64;

  explicit bounded_name(std::string_view name);
  bounded_name(const bounded_name&) = delete;
  bounded_name& operator=(const bounded_name&) = delete;

  [[nodiscard]] std::string_view text() const noexcept { return digest_.empty() ? name_ : digest_; }

 private:
  std::string_view name_;
  std::string digest_;  // longer than size_max: nobody's name
};

struct limit {
  /// Units a second, > 0.
  double rate = 0;
  /// Who has the same one shares the limit: a client of a user, a user with all his clients, or a
  /// client with all its users.
  std::string shared_by;
  /// Of the quota: a limit with another one begins without debts.
  std::uint64_t generation = 0;
};

/// The limit of a client: of all quotas that fit him, that which is nearest (KIP-55): those of
/// users before those of clients, names before defaults. nullopt: none.
[[nodiscard]] std::optional<limit> find_limit(const metadata::client_quotas& quotas, kind what,
                                              std::string_view user, std::string_view client);

}  // namespace tidemill::quota
