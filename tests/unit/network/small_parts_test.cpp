#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "network/connection_log.hpp"
#include "network/connection_rate.hpp"
#include "network/deadline_wheel.hpp"
#include "network/log_gate.hpp"

namespace tidemill::network {
namespace {

using namespace std::chrono_literals;

struct hooked : deadline_hook {
  int id = 0;
};

TEST(deadline_wheel, hooks_come_at_their_tick_and_not_before) {
  io::monotonic_time now{1h};
  deadline_wheel wheel(now, 10ms);
  std::vector<std::unique_ptr<hooked>> hooks;
  std::vector<io::monotonic_time> deadlines;
  for (int i = 0; i < 500; ++i) {
    hooks.push_back(std::make_unique<hooked>());
    hooks.back()->id = i;
    deadlines.push_back(now + std::chrono::milliseconds((i * 37) % 3000));
    wheel.set(*hooks.back(), deadlines.back());
  }
  int come = 0;
  unique_function<void(deadline_hook&)> due = [&](deadline_hook& hook) {
    const auto id = static_cast<std::size_t>(static_cast<hooked&>(hook).id);
    EXPECT_GE(now, deadlines[id]);
    EXPECT_LE(now, deadlines[id] + 20ms);
    ++come;
  };
  for (int i = 0; i < 310; ++i) {
    now += 10ms;
    wheel.turn(now, due);
  }
  EXPECT_EQ(come, 500);
}

TEST(deadline_wheel, moved_and_destroyed_hooks_do_not_come) {
  io::monotonic_time now{1h};
  deadline_wheel wheel(now, 10ms);
  auto gone = std::make_unique<hooked>();
  hooked moved;
  wheel.set(*gone, now + 10ms);
  wheel.set(moved, now + 10ms);
  wheel.set(moved, now + 100h);  // beyond the ring: comes early
  gone.reset();
  int come = 0;
  unique_function<void(deadline_hook&)> due = [&](deadline_hook&) { ++come; };
  wheel.turn(now + 1s, due);
  EXPECT_EQ(come, 0);
  wheel.turn(now + 6s, due);
  EXPECT_EQ(come, 1);
}

TEST(log_gate, flood_is_cut_to_a_trickle_that_says_how_much) {
  log_gate gate;
  io::monotonic_time now{1h};
  std::uint64_t suppressed = 0;
  int written = 0;
  for (int i = 0; i < 1000; ++i) {
    written += gate.open(now, suppressed) ? 1 : 0;
  }
  EXPECT_EQ(written, 20);
  EXPECT_TRUE(gate.open(now + 1s, suppressed));
  EXPECT_EQ(suppressed, 980U);
}

TEST(escaped, text_of_a_peer_cannot_forge_lines) {
  EXPECT_EQ(escaped("plain text"), "plain text");
  EXPECT_EQ(escaped("a\r\nb\x1b[31m\"\\\xff"), "a\\x0d\\x0ab\\x1b[31m\\x22\\x5c\\xff");
  EXPECT_LE(escaped(std::string(1U << 20U, 'x')).size(), 130U);
}

TEST(connection_rate, gives_a_second_at_once_and_then_one_each_interval) {
  connection_rate rate(10);
  io::monotonic_time now{std::chrono::hours{1}};
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(rate.wait(now).count(), 0);
    rate.take(now);
  }
  EXPECT_EQ(rate.wait(now), std::chrono::milliseconds{100});
  now += std::chrono::milliseconds{100};
  EXPECT_EQ(rate.wait(now).count(), 0);
  rate.take(now);
  EXPECT_EQ(rate.wait(now), std::chrono::milliseconds{100});
  rate.change(0);
  EXPECT_EQ(rate.wait(now).count(), 0);
}

}  // namespace
}  // namespace tidemill::network
