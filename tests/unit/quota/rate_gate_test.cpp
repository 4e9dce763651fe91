#include "quota/rate_gate.hpp"

#include <gtest/gtest.h>

#include <random>
#include <thread>
#include <vector>

namespace tidemill::quota {
namespace {

using namespace std::chrono_literals;

const io::monotonic_time start{std::chrono::hours(5)};

TEST(rate_gate, one_second_s_worth_is_free_after_a_pause) {
  rate_gate gate(1000);
  EXPECT_EQ(gate.charge(1000, start), 0ns);
  EXPECT_EQ(gate.charge(500, start), 500ms);
  EXPECT_EQ(gate.wait(start), 500ms);
  EXPECT_EQ(gate.wait(start + 500ms), 0ns);
  EXPECT_FALSE(gate.is_paid(start + 1400ms));
  EXPECT_TRUE(gate.is_paid(start + 1500ms));
  EXPECT_EQ(gate.charge(1000, start + 1h), 0ns) << "no more is saved than a second's worth";
  EXPECT_EQ(gate.charge(1, start + 1h), 1ms);
}

TEST(rate_gate, what_was_taken_at_once_is_waited_for_however_much_it_is) {
  rate_gate gate(1000);
  EXPECT_EQ(gate.charge(61'000, start), 60s);
  EXPECT_LE(gate.charge(1e300, start), 1h);
}

TEST(rate_gate, what_is_owed_is_paid_at_the_rate_that_it_is_changed_to) {
  rate_gate gate(1);
  EXPECT_EQ(gate.charge(100'000, start), 1h);
  gate.change(1e9, start);
  EXPECT_EQ(gate.wait(start), 0ns);
  EXPECT_EQ(gate.charge(100, start), 0ns);
  rate_gate slower(1000);
  EXPECT_EQ(slower.charge(2000, start), 1s);
  slower.change(10, start);
  EXPECT_EQ(slower.wait(start), 199s);
  slower.change(10, start + 10s);
  EXPECT_EQ(slower.wait(start + 10s), 189s);
  slower.change(1, start + 500s);
  EXPECT_TRUE(slower.is_paid(start + 500s)) << "what is paid stays paid";
}

TEST(rate_gate, whoever_waits_as_he_is_told_takes_as_much_as_he_may) {
  std::mt19937 random(7);
  for (const double rate : {10.0, 1000.0, 1e6, 1e9}) {
    rate_gate gate(rate);
    io::monotonic_time now = start;
    double taken = 0;
    while (now < start + 1000s) {
      const double units = rate * std::uniform_real_distribution<>(0.01, 3)(random);
      taken += units;
      now += gate.charge(units, now);
    }
    EXPECT_NEAR(taken / rate, 1001, 4) << rate;
  }
}

TEST(rate_gate, threads_that_share_it_are_all_charged) {
  rate_gate gate(1'000'000);
  std::vector<std::thread> threads;
  for (int number = 0; number < 4; ++number) {
    threads.emplace_back([&gate] {
      for (int times = 0; times < 10'000; ++times) {
        gate.charge(100, start);
      }
    });
  }
  for (std::thread& each : threads) {
    each.join();
  }
  EXPECT_EQ(gate.wait(start), 3s);
}

}  // namespace
}  // namespace tidemill::quota
