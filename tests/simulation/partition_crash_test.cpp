// Idempotent producers against one partition whose machine loses power at random places. With
// durability "fsync" every acknowledged record must be there afterwards, at the offset that was
// answered, and none twice, however often its producer had to send it.
#include <cstdlib>
#include <random>

#include "tests/unit/partition/shard_fixture.hpp"

namespace tidemill::partition {
namespace {

constexpr int producers = 3;
constexpr int in_flight_max = 5;

class crash_simulation : public shard_fixture {
 public:
  void TestBody() override {}

  explicit crash_simulation(bool sync_before_commit = true) {
    auto options = std::make_shared<log::log_options>();
    options->segment_size_bytes_max = 3000;
    policy_.log = options;
    policy_.sync_before_commit = sync_before_commit;
  }

  /// What went wrong, or an empty text.
  std::string run(std::uint64_t seed) {
    random_source_.seed(seed);
    for (int life = 0; life < 6 && broken_.empty(); ++life) {
      live(life == 5);
    }
    if (broken_.empty()) {
      verify();
    }
    return broken_;
  }
  [[nodiscard]] std::size_t acknowledged() const { return acknowledged_count_; }

 private:
  struct client {
    /// Sequences from here on are not acknowledged.
    std::int32_t first_open = 0;
    std::vector<answer> in_flight;
    /// By sequence.
    std::vector<std::int64_t> acknowledged;
  };

  std::uint64_t pick(std::uint64_t below) { return random_source_() % below; }
  void fail(const std::string& what) {
    if (broken_.empty()) {
      broken_ = what;
    }
  }

  void live(bool last) {
    partition& here = open();
    if (!last) {
      disk_.power_off_after(1 + pick(120));
    }
    for (int step = 0; step < 60 && !disk_.is_off(); ++step) {
      client& each = clients_[pick(producers)];
      if (each.in_flight.size() < in_flight_max) {
        send(here, each);
      }
      if (pick(3) == 0) {
        loop_.run();
        settle();
      }
      if (pick(10) == 0) {
        loop_.run_for(std::chrono::seconds(pick(15)));
      }
    }
    loop_.run();
    settle();
    if (last) {
      return;
    }
    if (pick(4) == 0 && !disk_.is_off()) {
      disk_.power_off_after(1'000'000);
      stop();
    } else {
      crash();
    }
    for (client& each : clients_) {
      each.in_flight.clear();  // sent again, from the first one that was not acknowledged
    }
    start();
  }

  void send(partition& to, client& from) {
    const auto sequence = from.first_open + static_cast<std::int32_t>(from.in_flight.size());
    const produced what{.producer = static_cast<int>(&from - clients_.data()),
                        .first_sequence = sequence,
                        .value = std::string(50 + pick(300), 'x')};
    from.in_flight.push_back(pick(2) == 0 ? append(to, what) : arrive(to, what));
  }

  /// Takes the answers in order; what comes after a failure is sent again.
  void settle() {
    for (client& each : clients_) {
      while (!each.in_flight.empty() && *each.in_flight.front()) {
        const append_outcome& outcome = **each.in_flight.front();
        if (!outcome) {
          if (outcome.error().error == errc::out_of_order_sequence && !disk_.is_off() &&
              !failed_before(each)) {
            fail("a retry was refused: " + outcome.error().error.message());
          }
          each.in_flight.clear();
          break;
        }
        each.acknowledged.push_back(outcome->base_offset.value());
        ++acknowledged_count_;
        ++each.first_open;
        each.in_flight.erase(each.in_flight.begin());
      }
    }
  }
  /// Batches that follow one that could not be written are out of order, rightly.
  static bool failed_before(const client& each) {
    return std::any_of(each.in_flight.begin(), each.in_flight.end(), [](const answer& one) {
      return *one && !**one && (*one)->error().error != errc::out_of_order_sequence;
    });
  }

  void verify() {
    partition& here = open();
    std::map<std::pair<std::int64_t, std::int32_t>, std::int64_t> found;
    std::int64_t at = 0;
    while (at < here.high_watermark().value()) {
      const read_outcome got = read(here, at);
      byte_buffer bytes(got.slice.size_bytes);
      static_cast<void>(got.slice.file->read_at(got.slice.position, bytes));
      record::batch_scanner scanner(bytes);
      while (const auto batch = scanner.next()) {
        if (batch->base_offset().value() != at || batch->computed_crc() != batch->crc()) {
          return fail("the log is not dense or not sound at " + std::to_string(at));
        }
        at = batch->next_offset().value();
        const auto made =
            found.emplace(std::pair(batch->producer_id()->value(), batch->base_sequence()->value()),
                          batch->base_offset().value());
        if (!made.second) {
          return fail("a record is there twice");
        }
      }
    }
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      for (std::size_t j = 0; j < clients_[i].acknowledged.size(); ++j) {
        const auto stored =
            found.find({static_cast<std::int64_t>(i), static_cast<std::int32_t>(j)});
        if (stored == found.end() || stored->second != clients_[i].acknowledged[j]) {
          return fail("an acknowledged record is lost or elsewhere");
        }
      }
    }
  }

  std::mt19937_64 random_source_;
  std::array<client, producers> clients_;
  std::size_t acknowledged_count_ = 0;
  std::string broken_;
};

TEST(partition_crash, nothing_acknowledged_is_lost_or_doubled) {
  std::vector<std::uint64_t> seeds(300);
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    seeds[i] = i + 1;
  }
  if (const char* extra = std::getenv("TIDEMILL_SIMULATION_SEED")) {
    seeds.push_back(std::strtoull(extra, nullptr, 10));
  }
  std::size_t acknowledged = 0;
  for (const std::uint64_t seed : seeds) {
    crash_simulation simulation;
    ASSERT_EQ(simulation.run(seed), "") << "TIDEMILL_SIMULATION_SEED=" << seed;
    acknowledged += simulation.acknowledged();
  }
  EXPECT_GT(acknowledged, seeds.size() * 20) << "the simulation hardly does anything";
}

// The canary: acknowledging before the sync must be seen to lose records.
TEST(partition_crash, acknowledging_before_the_sync_is_caught) {
  bool caught = false;
  for (std::uint64_t seed = 1; seed <= 50 && !caught; ++seed) {
    crash_simulation simulation(false);
    caught = !simulation.run(seed).empty();
  }
  EXPECT_TRUE(caught);
}

}  // namespace
}  // namespace tidemill::partition
