#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tidemill::metadata {

/// Whom a quota is for (KIP-55, KIP-546, KIP-612): each part's type, "user", "client-id" or "ip",
/// with its name; nullopt: whoever has no quota under his own name.
using quota_entity = std::map<std::string, std::optional<std::string>, std::less<>>;
/// The limits of one entity by their keys.
using quota_values = std::map<std::string, double, std::less<>>;

inline constexpr std::string_view quota_user = "user";
inline constexpr std::string_view quota_client = "client-id";
inline constexpr std::string_view quota_address = "ip";

/// Bytes a second, of each broker.
inline constexpr std::string_view produce_rate_key = "producer_byte_rate";
inline constexpr std::string_view fetch_rate_key = "consumer_byte_rate";
/// Per cent of the time of one thread.
inline constexpr std::string_view request_time_key = "request_percentage";
/// Partitions made or deleted a second (KIP-599).
inline constexpr std::string_view mutation_rate_key = "controller_mutation_rate";
/// Connections a second of one address.
inline constexpr std::string_view connection_rate_key = "connection_creation_rate";

/// Sets or, with nullopt, removes one limit of an entity.
struct quota_change {
  quota_entity entity;
  std::map<std::string, std::optional<double>, std::less<>> values;
};

/// What is wrong with a change, as a sentence; nullopt: nothing.
[[nodiscard]] std::optional<std::string> fault_of(const quota_change& change);

}  // namespace tidemill::metadata
