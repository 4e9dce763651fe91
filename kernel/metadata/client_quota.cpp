#include "metadata/client_quota.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "io/address.hpp"

namespace tidemill::metadata {
namespace {

constexpr std::size_t name_size_bytes_max = 1024;

struct known_key {
  std::string_view key;
  bool is_of_addresses;
  bool may_be_fractional;
};
constexpr std::array<known_key, 5> known_keys{{{produce_rate_key, false, false},
                                               {fetch_rate_key, false, false},
                                               {request_time_key, false, true},
                                               {mutation_rate_key, false, true},
                                               {connection_rate_key, true, false}}};

std::optional<std::string> fault_of_entity(const quota_entity& entity) {
  if (entity.empty()) {
    return "an entity has a user, a client-id or an ip, found nothing";
  }
  for (const auto& [type, name] : entity) {
    if (type != quota_user && type != quota_client && type != quota_address) {
      return "an entity is of type user, client-id or ip, found " + type;
    }
    if (name && name->empty()) {
      return "the name of a " + type + " is not empty";
    }
    if (name && name->size() > name_size_bytes_max) {
      return "the name of a " + type + " has at most " + std::to_string(name_size_bytes_max) +
             " bytes, found " + std::to_string(name->size());
    }
  }
  if (const auto address = entity.find(quota_address);
      address != entity.end() && address->second && !io::canonical_address(*address->second)) {
    return "an ip is an IPv4 or IPv6 address, found " + *address->second;
  }
  if (entity.contains(quota_address) && entity.size() > 1) {
    return "an ip has quotas without a user or a client-id beside it";
  }
  return std::nullopt;
}

std::optional<std::string> fault_of_value(const known_key& known, double value) {
  const std::string key(known.key);
  if (std::isnan(value) || value <= 0) {
    return key + " must be greater than 0";
  }
  if (known.may_be_fractional) {
    return std::isinf(value) ? std::optional(key + " must be finite") : std::nullopt;
  }
  if (value >= static_cast<double>(std::numeric_limits<std::int64_t>::max())) {
    return key + " is larger than an int64";
  }
  return value == std::floor(value) ? std::nullopt : std::optional(key + " must be a whole number");
}

}  // namespace

std::optional<std::string> fault_of(const quota_change& change) {
  if (auto fault = fault_of_entity(change.entity)) {
    return fault;
  }
  const bool is_address = change.entity.contains(quota_address);
  for (const auto& [key, value] : change.values) {
    const auto* known = std::ranges::find(known_keys, key, &known_key::key);
    if (!value) {
      continue;  // what cannot be there is easily removed
    }
    if (known == known_keys.end() || known->is_of_addresses != is_address) {
      return (is_address ? "an ip has no quota " : "users and clients have no quota ") + key;
    }
    if (auto fault = fault_of_value(*known, *value)) {
      return fault;
    }
  }
  return std::nullopt;
}

}  // namespace tidemill::metadata
