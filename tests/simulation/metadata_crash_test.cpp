// Kills a node at random points of its life, again and again, on a disk that keeps and loses what
// was not synced by chance. After each crash: every command that was answered with success is in
// the state, every one that was not is there as a whole or not at all, and nothing else has
// changed.
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>
#include <string>

#include "tests/unit/metadata/metadata_node.hpp"

namespace tidemill::metadata {
namespace {

constexpr int disks = 1500;
constexpr int lives_per_disk = 8;

/// What the clients of the cluster know.
struct client_knowledge {
  std::shared_ptr<const image> acknowledged = std::make_shared<const image>();
  /// Names in commands that were never answered with success.
  std::set<std::string> uncertain;
  std::set<producer_id> producer_ids;
  int unanswered_allocations = 0;
  term last_term{0};
};

class life {
 public:
  life(test::simulated_disk& disk, test::seeded_random& random, client_knowledge& known)
      : random_(random), known_(known), node_(disk, random.next(), 600 + random.below(6000)) {}

  /// False when the power went before the node was up.
  bool start(std::uint64_t incarnation) {
    const auto started = node_.start();
    if (!started) {
      EXPECT_TRUE(node_.disk.is_off()) << started.error().message() << node_.log->report();
      return false;
    }
    check_what_came_back();
    const auto joined = node_.join(incarnation);
    known_.acknowledged = node_.listener.last;
    return joined.has_value();
  }

  void run(int commands) {
    node_.pool.hold();
    for (int i = 0; i < commands && !node_.disk.is_off(); ++i) {
      give_command();
      for (auto steps = random_.below(5); steps > 0; --steps) {
        static_cast<void>(random_.one_in(2) ? node_.pool.run_one() : node_.loop.run_one());
      }
    }
    node_.work();
    known_.acknowledged = node_.listener.last;
  }

 private:
  void check_what_came_back() {
    const auto& now = *node_.subject->current();
    const auto& before = *known_.acknowledged;
    EXPECT_TRUE(before.cluster_id().is_zero() || before.cluster_id() == now.cluster_id());
    EXPECT_GT(*node_.log->leading_term(), known_.last_term);
    known_.last_term = *node_.log->leading_term();
    const auto delta = difference(before, now);
    for (const auto& change : delta.topics) {
      const auto& name = change.after ? change.after->name : change.before->name;
      if (known_.uncertain.contains(name) || only_epochs_differ(change)) {
        continue;
      }
      ADD_FAILURE() << "acknowledged topic " << name << " is not as it was";
    }
    for (const auto& each : now.topics()) {
      EXPECT_EQ(each.partitions.size(), partition_count_of(each.name)) << each.name;
    }
    EXPECT_GE(now.next_producer_id(), before.next_producer_id());
    EXPECT_LE(now.next_producer_id().value(),
              before.next_producer_id().value() + 1000 * known_.unanswered_allocations);
    known_.uncertain.clear();
    known_.unanswered_allocations = 0;
    known_.acknowledged = node_.subject->current();
  }

  /// A registration that was written and not answered raises epochs.
  static bool only_epochs_differ(const topic_change& change) {
    if (!change.before || !change.after || change.settings_changed ||
        change.before->partitions.size() != change.after->partitions.size()) {
      return false;
    }
    return change.before->id == change.after->id;
  }

  static std::size_t partition_count_of(const std::string& name) {
    return 1 + name.size() % 2 + static_cast<std::size_t>(name.back() - '0') % 3;
  }

  void give_command() {
    const auto name = "topic." + std::to_string(random_.below(40));
    switch (random_.below(6)) {
      case 0:
        node_.subject->allocate_producer_ids(
            broker_id{1}, node_.epoch,
            [this, waiting = ++known_.unanswered_allocations](outcome<producer_id_block> got) {
              static_cast<void>(waiting);
              if (got) {
                --known_.unanswered_allocations;
                EXPECT_TRUE(known_.producer_ids.insert(got->first).second) << "given twice";
              }
            });
        return;
      case 1:
        give_up_on(name);
        node_.subject->delete_topics({{name, {}}},
                                     [this, name](auto got) { answered(name, got[0]); });
        return;
      case 2:
        give_up_on(name);
        node_.subject->change_topic_settings(
            name, {{"retention.ms", std::to_string(random_.below(1000))}}, unnamed_settings::kept,
            false, [this, name](outcome<void> got) { answered(name, got); });
        return;
      default:
        new_topic asked;
        asked.name = name;
        asked.partition_count = static_cast<std::int32_t>(partition_count_of(name));
        give_up_on(name);
        node_.subject->create_topics({asked}, false,
                                     [this, name](auto got) { answered(name, got[0]); });
    }
  }

  void give_up_on(const std::string& name) {
    known_.uncertain.insert(name);
    ++in_work_[name];
  }
  template <class Outcome>
  void answered(const std::string& name, const Outcome& got) {
    const bool is_certain = got || got.error().error == errc::topic_already_exists ||
                            got.error().error == errc::unknown_topic ||
                            got.error().error == errc::not_leader;
    failed_[name] = failed_[name] || !is_certain;
    if (--in_work_[name] == 0 && !failed_[name]) {
      known_.uncertain.erase(name);
    }
  }

  test::seeded_random& random_;
  client_knowledge& known_;
  metadata_node node_;
  std::map<std::string, int> in_work_;
  std::map<std::string, bool> failed_;
};

/// All lives of one disk; returns what the disk went through.
std::uint64_t live_and_crash(std::uint64_t seed, int& crashes) {
  test::simulated_disk disk(seed);
  // The data directory itself is the server's.
  EXPECT_TRUE(disk.create_directories("data"));
  disk.settle();
  test::seeded_random random(seed + 1);
  client_knowledge known;
  for (int number = 0; number < lives_per_disk; ++number) {
    // Two changes in three in the middle of writing, the others while starting.
    disk.power_off_after(1 + random.below(random.one_in(3) ? 12 : 40));
    {
      life one(disk, random, known);
      if (one.start(static_cast<std::uint64_t>(number) + 1)) {
        one.run(static_cast<int>(30 + random.below(30)));
      }
    }
    crashes += disk.is_off() ? 1 : 0;
    disk.crash();
  }
  return disk.trace_hash();
}

TEST(metadata_crash, every_answered_command_survives_every_crash) {
  const char* extra = std::getenv("TIDEMILL_SIMULATION_SEED");
  int crashes = 0;
  for (std::uint64_t seed = 1; seed <= disks; ++seed) {
    SCOPED_TRACE("TIDEMILL_SIMULATION_SEED=" + std::to_string(seed));
    live_and_crash(seed, crashes);
    if (testing::Test::HasFailure()) {
      return;
    }
  }
  if (extra != nullptr) {
    SCOPED_TRACE(extra);
    live_and_crash(std::strtoull(extra, nullptr, 10), crashes);
  }
  RecordProperty("crashes", crashes);
  std::printf("%d crashes with the power off in the middle of something\n", crashes);
  EXPECT_GE(crashes, 10'000);
}

TEST(metadata_crash, the_same_seed_gives_the_same_trace) {
  int crashes = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto first = live_and_crash(seed, crashes);
    EXPECT_EQ(live_and_crash(seed, crashes), first) << seed;
    EXPECT_NE(live_and_crash(seed + 1000, crashes), first) << seed;
  }
}

}  // namespace
}  // namespace tidemill::metadata
