#include "metadata/replica_placement.hpp"

#include <algorithm>
#include <map>

#include "metadata/errc.hpp"

namespace tidemill::metadata {
namespace {

struct ring_member {
  broker_id id{0};
  std::size_t rack = 0;
};

/// The brokers in an order in which neighbours stand in different racks as long as there is a
/// choice: one of each rack in turn.
std::vector<ring_member> rack_alternating(std::span<const placement_candidate> brokers) {
  std::map<std::string, std::vector<broker_id>> racks;
  for (const auto& candidate : brokers) {
    racks[candidate.rack.value_or("")].push_back(candidate.id);
  }
  std::vector<ring_member> ring;
  ring.reserve(brokers.size());
  for (std::size_t round = 0; ring.size() < brokers.size(); ++round) {
    std::size_t rack_number = 0;
    for (auto& [rack, members] : racks) {
      if (round == 0) {
        std::ranges::sort(members);
      }
      if (round < members.size()) {
        ring.push_back({members[round], rack_number});
      }
      ++rack_number;
    }
  }
  return ring;
}

/// How a broker would do as the next replica; less is better.
struct fitness {
  std::size_t replicas_in_rack = 0;
  std::size_t replicas_on_broker = 0;
  std::size_t distance = 0;

  friend auto operator<=>(const fitness&, const fitness&) = default;
};

class placement {
 public:
  placement(std::vector<ring_member> ring, std::size_t replication_factor)
      : ring_(std::move(ring)),
        replicas_on_broker_(ring_.size()),
        replication_factor_(replication_factor) {
    for (const auto& member : ring_) {
      rack_count_ = std::max(rack_count_, member.rack + 1);
    }
  }

  /// The leader is given; each further replica goes to the rack that has the fewest of this
  /// partition, there to the broker that has the fewest of the topic. Ties go around the ring,
  /// starting farther from the leader in every round, which spreads the followers of one leader.
  std::vector<broker_id> place(std::size_t leader, std::size_t round) {
    std::vector<std::size_t> in_rack(rack_count_);
    std::vector<bool> taken(ring_.size());
    std::vector<broker_id> replicas;
    replicas.reserve(replication_factor_);
    std::size_t chosen = leader;
    for (std::size_t n = 0; n < replication_factor_; ++n) {
      if (n > 0) {
        chosen = best(leader + 1 + round, in_rack, taken);
      }
      taken[chosen] = true;
      ++in_rack[ring_[chosen].rack];
      ++replicas_on_broker_[chosen];
      replicas.push_back(ring_[chosen].id);
    }
    return replicas;
  }

 private:
  [[nodiscard]] std::size_t best(std::size_t start, const std::vector<std::size_t>& in_rack,
                                 const std::vector<bool>& taken) const {
    std::size_t chosen = ring_.size();
    fitness least;
    for (std::size_t distance = 0; distance < ring_.size(); ++distance) {
      const auto candidate = (start + distance) % ring_.size();
      const fitness its{in_rack[ring_[candidate].rack], replicas_on_broker_[candidate], distance};
      if (!taken[candidate] && (chosen == ring_.size() || its < least)) {
        chosen = candidate;
        least = its;
      }
    }
    return chosen;
  }

  std::vector<ring_member> ring_;
  std::vector<std::size_t> replicas_on_broker_;
  std::size_t replication_factor_;
  std::size_t rack_count_ = 0;
};

}  // namespace

result<std::vector<std::vector<broker_id>>> place_replicas(
    const placement_request& request, std::span<const placement_candidate> brokers) {
  if (request.replication_factor == 0 || request.replication_factor > brokers.size()) {
    return make_error_code(errc::replication_factor_invalid);
  }
  placement state(rack_alternating(brokers), request.replication_factor);
  const auto first = static_cast<std::size_t>(request.seed % brokers.size());
  std::vector<std::vector<broker_id>> placed;
  placed.reserve(request.partition_count);
  for (std::size_t i = 0; i < request.partition_count; ++i) {
    placed.push_back(state.place((first + i) % brokers.size(), i / brokers.size()));
  }
  return placed;
}

}  // namespace tidemill::metadata
