#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"

namespace tidemill::metadata {

/// A broker that may take replicas.
struct placement_candidate {
  broker_id id{0};
  std::optional<std::string> rack;
};

/// What is to be placed.
struct placement_request {
  std::size_t partition_count = 1;
  std::size_t replication_factor = 1;
  /// Spreads where topics begin; any number (random, or the topics made so far).
  std::uint64_t seed = 0;
};

/// Chooses the replicas of each partition, preferred leader first. Pure: the same input gives the
/// same answer. Within one call
/// - leaders differ by at most one between brokers, and where racks are equal in size all replicas
///   by at most two;
/// - the replicas of a partition are on different brokers, and on as many racks as there are;
/// - the followers of one leader are spread, so that its load does not fall on one other broker.
/// Brokers without a rack count as one rack together. replication_factor_invalid when there are
/// fewer brokers than replicas.
[[nodiscard]] result<std::vector<std::vector<broker_id>>> place_replicas(
    const placement_request& request, std::span<const placement_candidate> brokers);

}  // namespace tidemill::metadata
