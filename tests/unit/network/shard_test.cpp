#include "network/shard.hpp"

#include <gtest/gtest.h>

#include "tests/unit/network/scripted_shard.hpp"

namespace tidemill::network {
namespace {

using test::range_bytes;
using test::scripted_stream;
using test::short_answer_bytes;
using test::storm;

TEST(shard, fetches_of_a_round_send_no_more_than_the_round_allows) {
  storm run;
  std::uint64_t before = run.connections.snapshot().bytes_out;
  for (int round = 0; round < 200; ++round) {
    run.loop.run_round();
    const std::uint64_t out = run.connections.snapshot().bytes_out;
    EXPECT_GT(out, before);
    EXPECT_LE(out - before, run.limit.round_bytes_max + run.limit.lone_turn_bytes_max);
    before = out;
    if (out == 10 * 2 * (60 + range_bytes)) {
      return;
    }
  }
  FAIL() << "the storm did not end";
}

TEST(shard, fetch_that_nobody_competes_with_goes_on_in_long_turns) {
  storm run(1);
  for (int round = 0; round < 40; ++round) {  // beyond what came before it
    run.loop.run_round();
  }
  run.connections.adopt(
      std::make_unique<scripted_stream>(std::string("\0\0\0\1f", 5), run.acknowledged), "plain");
  EXPECT_GE(run.acknowledged, run.limit.lone_turn_bytes_max) << "at once, without a round";
  while (run.acknowledged < 60 + range_bytes) {
    const std::uint64_t before = run.acknowledged;
    run.loop.run_round();
    ASSERT_GE(run.acknowledged - before,
              std::min<std::uint64_t>(run.limit.lone_turn_bytes_max, 60 + range_bytes - before));
  }
}

// Hundreds of them may be pipelined on one connection.
TEST(shard, requests_that_take_long_to_work_out_let_others_have_their_turn) {
  storm run(0);
  run.sink.work_takes = [&run] { run.loop.advance(std::chrono::milliseconds(5)); };
  std::string slow;
  for (int i = 0; i < 100; ++i) {
    slow += std::string("\0\0\0\1s", 5);
  }
  std::uint64_t taken = 0;
  run.connections.adopt(std::make_unique<scripted_stream>(slow, taken), "plain");
  scripted_stream& producer = run.add_producer();
  std::uint64_t before = run.sink.slow_requests;
  for (int round = 0; round < 50; ++round) {
    const std::uint64_t acknowledged = run.acknowledged;
    producer.become_readable();
    run.loop.run_round();
    EXPECT_LE(run.sink.slow_requests - before, 1U) << round;
    EXPECT_GT(run.acknowledged, acknowledged) << round;
    before = run.sink.slow_requests;
  }
  EXPECT_GE(before, 40U) << "it goes on";
}

TEST(shard, request_that_waits_keeps_nobody_from_being_read) {
  for (const char kind : {'h', 'w'}) {
    limits small;
    small.work_memory_bytes_max = 0x8000;
    storm run(0, small);
    std::string large("\0\1\0\0", 4);
    large += kind + std::string(0xffff, 'x');
    std::uint64_t taken = 0;
    run.connections.adopt(std::make_unique<scripted_stream>(large, taken), "plain");
    run.loop.run_round();
    static_cast<void>(run.add_producer());
    for (int round = 0; round < 10; ++round) {
      run.loop.run_round();
    }
    EXPECT_EQ(run.acknowledged > 0, kind == 'w') << kind;
    run.sink.answer_waiting_request(1);
    EXPECT_EQ(run.connections.snapshot().work_memory_bytes, 0U) << "given back once";
  }
}

// 64 readers that always have bulk on its way, one producer that asks again as soon as it is
// answered: it is answered in every round, and what the readers get in between is bounded.
TEST(shard, producer_in_a_storm_of_fetches_is_answered_every_round) {
  storm run(64);
  scripted_stream& producer = run.add_producer();
  run.loop.run_round();
  for (int round = 1; round < 500; ++round) {
    const std::uint64_t fetched_before = run.fetched();
    producer.become_readable();  // the loop looks at the sockets between two rounds
    run.loop.run_round();
    ASSERT_EQ(run.acknowledged, (static_cast<std::uint64_t>(round) + 1) * short_answer_bytes);
    const std::uint64_t fetched = run.fetched() - fetched_before;
    ASSERT_GE(fetched, run.limit.round_bytes_max) << "the readers go on";
    ASSERT_LE(fetched, run.limit.round_bytes_max + run.limit.connection_turn_bytes_max);
  }
  const auto [least, most] = std::ranges::minmax(run.taken);
  // The first of them had a long turn before the producer came.
  EXPECT_LE(most - least, run.limit.lone_turn_bytes_max + run.limit.connection_turn_bytes_max)
      << "and share evenly";
}

TEST(shard, storm_goes_back_to_long_turns_when_the_producer_has_left) {
  storm run(64);
  run.add_producer().become_readable();
  for (int round = 0; round < 32; ++round) {
    run.loop.run_round();
  }
  const std::uint64_t before = run.fetched();
  run.loop.run_round();
  EXPECT_GE(run.fetched() - before, run.limit.lone_turn_bytes_max);
}

TEST(shard, fetches_share_the_rounds_evenly) {
  storm run;
  for (int round = 0; round < 200; ++round) {
    run.loop.run_round();
    const auto [least, most] = std::ranges::minmax(run.taken);
    EXPECT_LE(most - least, 2 * run.limit.lone_turn_bytes_max);
  }
}

TEST(shard, storm_ends_with_every_byte_sent) {
  storm run;
  for (int round = 0; round < 1000; ++round) {
    run.loop.run_round();
  }
  for (const std::uint64_t each : run.taken) {
    EXPECT_EQ(each, 2 * (60 + range_bytes));
  }
}

TEST(shard, cold_ranges_are_read_ahead_on_the_pool) {
  storm run;
  run.sink.file->resident = false;
  for (int round = 0; round < 50; ++round) {
    run.loop.run_round();
  }
  EXPECT_GT(run.connections.snapshot().cold_reads, 0U);
  EXPECT_GT(run.connections.snapshot().bytes_out, 1U << 20U);
}

TEST(shard, idle_connections_are_closed_by_the_tick) {
  storm run;
  for (int round = 0; round < 1000; ++round) {
    run.loop.run_round();
  }
  run.loop.advance(std::chrono::minutes{9});
  EXPECT_EQ(run.connections.snapshot().connections, 10U);
  for (int i = 0; i < 1000; ++i) {
    run.loop.advance(std::chrono::milliseconds{250});
  }
  EXPECT_EQ(run.connections.snapshot().connections, 0U);
  EXPECT_EQ(run.connections.snapshot().closed[static_cast<std::size_t>(close_reason::idle)], 10U);
}

TEST(shard, idle_connection_costs_less_than_a_kibibyte) {
  EXPECT_LE(sizeof(connection), 1024U);
}

}  // namespace
}  // namespace tidemill::network
