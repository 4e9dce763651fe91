#include <signal.h>

#include <atomic>
#include <cstdlib>
#include <random>
#include <set>
#include <thread>

#include "tests/support/broker_process.hpp"
#include "tests/support/topic_client.hpp"

namespace tidemill::testing {
namespace {

constexpr int producers = 4;
constexpr std::int32_t partitions = 3;
constexpr int kills_default = 200;
/// A kill comes when at least so many records of its round are acknowledged, however slow the
/// machine.
constexpr std::size_t round_records_min = 20;

/// What one producer knows after the kill: values that were acknowledged, with their offset.
struct history {
  std::int32_t partition = 0;
  std::vector<std::pair<std::int64_t, std::string>> acknowledged;
};

/// Writes batches of one to five records until the connection breaks.
void produce_until_killed(std::uint16_t port, const std::string& prefix, history& seen,
                          std::atomic<std::size_t>& acknowledged) {
  try {
    wire_client client(port);
    for (int i = 0;; ++i) {
      std::vector<std::string> values;
      for (int k = 0; k <= i % 5; ++k) {
        values.push_back(prefix + "-" + std::to_string(i) + "-" + std::to_string(k));
      }
      const auto done = produce(client, "killed", seen.partition, make_batch(values));
      if (done.error == protocol::wire_error::none) {
        for (std::size_t k = 0; k < values.size(); ++k) {
          seen.acknowledged.emplace_back(done.base_offset + static_cast<std::int64_t>(k),
                                         values[k]);
        }
        acknowledged += values.size();
      }
    }
  } catch (const std::exception&) {
    // The broker is gone; what was not acknowledged may or may not be there.
  }
}

int kills_wanted() {
  const char* wanted = std::getenv("TIDEMILL_KILLS");
  return wanted != nullptr ? std::atoi(wanted) : kills_default;
}

class kill_under_load : public ::testing::TestWithParam<std::vector<std::string>> {};

TEST_P(kill_under_load, every_acknowledged_record_is_found_again) {
  // Small segments so that rolls and index files are hit as well.
  broker_process broker(GetParam());
  broker.start();
  {
    wire_client client(broker.port());
    create_topic(client, "killed", partitions,
                 {{"segment.bytes", "1048576"}, {"retention.ms", "-1"}});
  }
  std::mt19937 random(7);
  std::vector<std::vector<std::string>> expected(partitions);
  std::size_t acknowledged_total = 0;
  const int kills = kills_wanted();
  for (int round = 0; round < kills; ++round) {
    std::vector<history> seen(producers);
    std::vector<std::thread> threads;
    std::atomic<std::size_t> acknowledged = 0;
    for (int p = 0; p < producers; ++p) {
      seen[static_cast<std::size_t>(p)].partition = p % partitions;
      threads.emplace_back(produce_until_killed, broker.port(),
                           std::to_string(round) + "-" + std::to_string(p),
                           std::ref(seen[static_cast<std::size_t>(p)]), std::ref(acknowledged));
    }
    std::this_thread::sleep_for(
        std::chrono::milliseconds(20 + random() % 100));  // load, not a wait
    for (int i = 0; acknowledged < round_records_min && i < 10'000; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    broker.stop(SIGKILL);
    for (auto& thread : threads) {
      thread.join();
    }
    broker.start();
    wire_client client(broker.port());
    for (std::int32_t p = 0; p < partitions; ++p) {
      auto& known = expected[static_cast<std::size_t>(p)];
      const auto tail = read_all(client, "killed", p, static_cast<std::int64_t>(known.size()));
      known.insert(known.end(), tail.begin(), tail.end());
    }
    for (const auto& producer : seen) {
      const auto& known = expected[static_cast<std::size_t>(producer.partition)];
      for (const auto& [at, value] : producer.acknowledged) {
        ASSERT_LT(at, static_cast<std::int64_t>(known.size()))
            << "round " << round << ": lost " << value;
        ASSERT_EQ(known[static_cast<std::size_t>(at)], value) << "round " << round;
      }
      acknowledged_total += producer.acknowledged.size();
    }
  }
  // Once more from the beginning: nothing that was read before has changed or gone.
  wire_client client(broker.port());
  for (std::int32_t p = 0; p < partitions; ++p) {
    const auto whole = read_all(client, "killed", p);
    EXPECT_EQ(whole, expected[static_cast<std::size_t>(p)]);
    EXPECT_EQ(std::set<std::string>(whole.begin(), whole.end()).size(), whole.size());
  }
  EXPECT_GE(acknowledged_total, static_cast<std::size_t>(kills) * round_records_min)
      << "too little load to mean much";
  std::printf("%d kills, %zu acknowledged records, all found\n", kills, acknowledged_total);
}

INSTANTIATE_TEST_SUITE_P(, kill_under_load,
                         ::testing::Values(std::vector<std::string>{"--set",
                                                                    "log.durability=replicated"},
                                           std::vector<std::string>{"--set", "log.durability=fsync",
                                                                    "--set", "broker.shards=2"}),
                         [](const auto& instance) {
                           return instance.index == 0 ? std::string("replicated_durability")
                                                      : std::string("fsync_two_shards");
                         });

}  // namespace
}  // namespace tidemill::testing
