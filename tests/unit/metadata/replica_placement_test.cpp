#include "metadata/replica_placement.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "metadata/errc.hpp"

namespace tidemill::metadata {
namespace {

std::vector<placement_candidate> cluster(std::size_t brokers, std::size_t racks) {
  std::vector<placement_candidate> candidates;
  for (std::size_t i = 0; i < brokers; ++i) {
    candidates.push_back({broker_id{static_cast<std::int32_t>(i)}, std::nullopt});
    if (racks > 0) {
      candidates.back().rack = "rack" + std::to_string(i % racks);
    }
  }
  return candidates;
}

std::size_t rack_of(const std::vector<placement_candidate>& brokers, broker_id id) {
  const auto& rack = brokers[static_cast<std::size_t>(id.value())].rack;
  return std::hash<std::string>{}(rack.value_or(""));
}

std::pair<std::size_t, std::size_t> extremes(const std::map<broker_id, std::size_t>& counts,
                                             std::size_t brokers) {
  std::size_t least = counts.size() < brokers ? 0 : SIZE_MAX;
  std::size_t most = 0;
  for (const auto& [id, count] : counts) {
    least = std::min(least, count);
    most = std::max(most, count);
  }
  return {least, most};
}

TEST(replica_placement, one_broker_takes_everything) {
  const auto placed = place_replicas({3, 1, 7}, cluster(1, 0));
  ASSERT_TRUE(placed.has_value());
  EXPECT_EQ(*placed, (std::vector<std::vector<broker_id>>(3, {broker_id{0}})));
}

TEST(replica_placement, fewer_brokers_than_replicas_is_refused) {
  EXPECT_EQ(place_replicas({1, 2, 0}, cluster(1, 0)).error(), errc::replication_factor_invalid);
  EXPECT_EQ(place_replicas({1, 1, 0}, {}).error(), errc::replication_factor_invalid);
  EXPECT_EQ(place_replicas({1, 0, 0}, cluster(1, 0)).error(), errc::replication_factor_invalid);
}

TEST(replica_placement, replicas_are_distinct_spread_over_racks_and_even) {
  for (std::size_t racks : {0U, 1U, 2U, 3U, 4U}) {
    for (std::size_t per_rack = 1; per_rack <= 4; ++per_rack) {
      const auto brokers = per_rack * std::max<std::size_t>(racks, 1);
      const auto candidates = cluster(brokers, racks);
      for (std::size_t factor = 1; factor <= std::min<std::size_t>(brokers, 4); ++factor) {
        for (std::uint64_t seed : {0U, 1U, 5U}) {
          const auto placed = place_replicas({100, factor, seed}, candidates);
          ASSERT_TRUE(placed.has_value());
          std::map<broker_id, std::size_t> leaders;
          std::map<broker_id, std::size_t> replicas;
          for (const auto& partition : *placed) {
            ++leaders[partition.front()];
            std::set<broker_id> distinct(partition.begin(), partition.end());
            EXPECT_EQ(distinct.size(), factor);
            std::set<std::size_t> distinct_racks;
            for (const auto id : partition) {
              ++replicas[id];
              distinct_racks.insert(rack_of(candidates, id));
            }
            EXPECT_EQ(distinct_racks.size(), std::min(factor, std::max<std::size_t>(racks, 1)));
          }
          const auto [leaders_least, leaders_most] = extremes(leaders, brokers);
          EXPECT_LE(leaders_most - leaders_least, 1U);
          const auto [replicas_least, replicas_most] = extremes(replicas, brokers);
          EXPECT_LE(replicas_most - replicas_least, 2U)
              << racks << " racks, " << brokers << " brokers, factor " << factor;
        }
      }
    }
  }
}

TEST(replica_placement, followers_of_one_leader_are_spread) {
  const auto placed = place_replicas({60, 2, 0}, cluster(6, 0));
  ASSERT_TRUE(placed.has_value());
  std::map<broker_id, std::set<broker_id>> followers;
  for (const auto& partition : *placed) {
    followers[partition[0]].insert(partition[1]);
  }
  for (const auto& [leader, set] : followers) {
    EXPECT_GE(set.size(), 3U) << leader.value();
  }
}

}  // namespace
}  // namespace tidemill::metadata
