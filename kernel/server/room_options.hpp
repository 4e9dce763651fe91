#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "api/services.hpp"
#include "groups/core/group_options.hpp"
#include "metadata/controller.hpp"
#include "network/address_rates.hpp"
#include "network/limits.hpp"
#include "partition/host.hpp"
#include "server/config/configuration.hpp"
#include "server/topic_policies.hpp"

namespace tidemill::server {

// What the configuration means to each room: pure translations, the only places where a setting's
// name meets a room's option.

/// The number of shards to run on a machine with so many processors.
[[nodiscard]] std::size_t shard_count(const config::configuration& from, std::size_t processors);

/// Files that may be open are shared between connections and logs; below the least there is no
/// point in starting.
inline constexpr std::uint64_t descriptors_min = 128;

[[nodiscard]] metadata::setting_list topic_defaults(const config::configuration& from);
[[nodiscard]] metadata::controller_options controller_options(const config::configuration& from);
[[nodiscard]] partition::host_options host_options(const config::configuration& from,
                                                   std::size_t shards, std::uint64_t descriptors);
[[nodiscard]] api::broker_options broker_options(config::configuration& from, std::size_t shards);
[[nodiscard]] groups::group_options group_options(const config::configuration& from,
                                                  std::size_t shards);
/// Of the whole process.
[[nodiscard]] network::limits network_limits(const config::configuration& from,
                                             std::uint64_t descriptors);
/// Connections a second, of some addresses and of each other one (0: as many as come), as quotas
/// have it.
[[nodiscard]] std::pair<network::address_rates::named_rates, std::size_t> address_rates(
    const metadata::client_quotas& quotas);
[[nodiscard]] topic_policy_options policy_options(const config::configuration& from);

}  // namespace tidemill::server
