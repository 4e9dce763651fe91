// A group coordinator under joins, leaves, stalls, duplicates, late messages, failing writes and
// crashes. Same seed, same trace.
#include <cstdlib>

#include "tests/simulation/groups_world.hpp"
#include "tests/support/simulation_seeds.hpp"

namespace tidemill::groups::test {
namespace {

constexpr int steps = 700;
const std::uint64_t seed_count = tidemill::test::simulation_seeds();

TEST(GroupCoordinator, keeps_its_promises_on_every_seed) {
  world::work_done all;
  const auto run = [&](std::uint64_t seed) {
    world one(seed, fault::none);
    const std::string broken = one.run(steps);
    ASSERT_EQ(broken, "") << "TIDEMILL_SIMULATION_SEED=" << seed;
    const auto& did = one.did();
    EXPECT_GT(did.joins + did.syncs, 0U) << "TIDEMILL_SIMULATION_SEED=" << seed;
    EXPECT_GT(did.commits, 0U) << "TIDEMILL_SIMULATION_SEED=" << seed;
    all.joins += did.joins;
    all.syncs += did.syncs;
    all.commits += did.commits;
    all.crashes += did.crashes;
    all.failed_writes += did.failed_writes;
    all.removals += did.removals;
    all.replacements += did.replacements;
  };
  for (std::uint64_t seed = 1; seed <= seed_count && !HasFatalFailure(); ++seed) {
    run(seed);
  }
  if (const char* wanted = std::getenv("TIDEMILL_SIMULATION_SEED"); wanted != nullptr) {
    run(std::strtoull(wanted, nullptr, 10));
  }
  EXPECT_GT(all.joins, seed_count);
  EXPECT_GT(all.commits, 10 * seed_count);
  EXPECT_GT(all.crashes, seed_count / 2);
  EXPECT_GT(all.failed_writes, seed_count);
  EXPECT_GT(all.removals, seed_count / 10);
  EXPECT_GT(all.replacements, seed_count / 10);
}

TEST(GroupCoordinator, the_same_seed_leaves_the_same_trace) {
  world first(7, fault::none);
  world second(7, fault::none);
  EXPECT_EQ(first.run(steps), second.run(steps));
  EXPECT_EQ(first.trace(), second.trace());
  EXPECT_FALSE(first.trace().empty());
}

class PlantedFault : public testing::TestWithParam<int> {};

TEST_P(PlantedFault, is_found) {
  const auto planted = static_cast<fault>(GetParam());
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    if (!world(seed, planted).run(steps).empty()) {
      return;
    }
  }
  FAIL() << "nobody noticed fault " << GetParam();
}

INSTANTIATE_TEST_SUITE_P(GroupCoordinator, PlantedFault, testing::Range(1, fault_count));

}  // namespace
}  // namespace tidemill::groups::test
