#include "network/connection.hpp"

#include <gtest/gtest.h>

#include "tests/unit/network/scripted_shard.hpp"

namespace tidemill::network {
namespace {

using test::long_answer_bytes;
using test::scripted_stream;
using test::short_answer_bytes;
using test::storm;

// A frame of 64 KiB of which 20,000 bytes have come.
std::string half_read_frame() {
  std::string bytes("\0\1\0\0", 4);
  return bytes.append(20'000, 'p');
}

TEST(connection, half_read_frames_beyond_the_bound_end_the_oldest_of_them) {
  storm run(0);
  run.connections.adopt(std::make_unique<scripted_stream>("", run.acknowledged), "plain");
  const std::size_t fit = run.limit.held_memory_bytes_max >> 16U;
  for (std::size_t i = 0; i < fit + 10; ++i) {
    run.connections.adopt(std::make_unique<scripted_stream>(half_read_frame(), run.acknowledged),
                          "plain");
    ASSERT_LE(run.connections.snapshot().held_memory_bytes, run.limit.held_memory_bytes_max);
  }
  const counters seen = run.connections.snapshot();
  EXPECT_EQ(seen.connections, 1 + fit) << "the idle one holds nothing and stays";
  EXPECT_EQ(seen.closed[static_cast<std::size_t>(close_reason::memory_spent)], 10U);
}

TEST(connection, producer_beside_peers_that_stand_still_is_never_ended) {
  storm run(0);
  const std::string prefix = half_read_frame();
  auto made = std::make_unique<scripted_stream>(prefix, run.acknowledged,
                                                std::string(65'536 - 20'000, 'p') + prefix);
  scripted_stream& producer = *made;
  run.connections.adopt(std::move(made), "plain");
  constexpr int peers = 2000;
  for (int i = 0; i < peers; ++i) {
    run.connections.adopt(std::make_unique<scripted_stream>(half_read_frame(), run.acknowledged),
                          "plain");
    producer.become_readable();  // ends one frame and begins the next
    run.loop.run_round();
    ASSERT_EQ(run.acknowledged, (static_cast<std::uint64_t>(i) + 1) * short_answer_bytes);
  }
  EXPECT_GT(run.connections.snapshot().closed[static_cast<std::size_t>(close_reason::memory_spent)],
            0U);
}

std::string pipelined(char kind, int count) {
  std::string bytes;
  for (int i = 0; i < count; ++i) {
    bytes.append("\0\0\0\1", 4).push_back(kind);
  }
  return bytes;
}

TEST(connection, answers_that_nobody_reads_are_made_only_up_to_their_bounds) {
  storm run(0);
  scripted_stream& producer = run.add_producer();
  constexpr std::uint64_t peers = 1000;
  for (std::uint64_t i = 0; i < peers; ++i) {
    run.add_deaf_peer(pipelined('m', 200));
  }
  for (int round = 1; round < 500; ++round) {
    producer.become_readable();
    run.loop.run_round();
    ASSERT_EQ(run.acknowledged, (static_cast<std::uint64_t>(round) + 1) * short_answer_bytes);
    ASSERT_LE(run.connections.snapshot().held_memory_bytes, run.limit.held_memory_bytes_max);
  }
  const std::uint64_t most_of_one = run.limit.blocked_response_bytes_max / long_answer_bytes + 1;
  EXPECT_LE(run.sink.long_answers, peers * most_of_one);
  EXPECT_GT(run.closed(close_reason::memory_spent), 0U);
}

TEST(connection, who_waits_for_its_turn_is_not_ended_for_those_that_do_not_read) {
  storm run(0);
  std::uint64_t read = 0;
  constexpr std::uint64_t requests = 20;
  run.connections.adopt(std::make_unique<scripted_stream>(pipelined('m', requests), read), "plain");
  for (int i = 0; i < 500; ++i) {
    run.add_deaf_peer(pipelined('m', 200));
  }
  EXPECT_GT(run.closed(close_reason::memory_spent), 0U);
  for (int round = 0; round < 1000 && read < requests * long_answer_bytes; ++round) {
    run.loop.run_round();
  }
  EXPECT_EQ(read, requests * long_answer_bytes);
}

TEST(connection, pipelined_requests_are_worked_off_in_rounds_that_are_bounded) {
  storm run(0);
  constexpr int requests = 100;
  constexpr std::size_t peers = 40;
  std::uint64_t read = 0;
  for (std::size_t i = 0; i < peers; ++i) {
    run.connections.adopt(std::make_unique<scripted_stream>(pipelined('m', requests), read),
                          "plain");
  }
  const std::uint64_t of_round =
      (run.limit.round_bytes_max + 2 * run.limit.connection_turn_bytes_max) / long_answer_bytes + 2;
  for (std::uint64_t before = run.sink.long_answers; before < requests * peers;
       before = run.sink.long_answers) {
    run.loop.run_round();
    ASSERT_GT(run.sink.long_answers, before);
    ASSERT_LE(run.sink.long_answers - before, of_round);
  }
  run.loop.run_round();
  EXPECT_EQ(read, requests * peers * long_answer_bytes);
}

TEST(connection, requests_of_peers_that_have_left_are_not_worked_off) {
  storm run(0);
  constexpr std::size_t peers = 20;
  std::vector<scripted_stream*> deaf;
  for (std::size_t i = 0; i < peers; ++i) {
    deaf.push_back(&run.add_deaf_peer(pipelined('m', 200)));
  }
  for (int round = 0; round < 100; ++round) {
    run.loop.run_round();
  }
  const std::uint64_t before = run.sink.long_answers;
  for (scripted_stream* each : deaf) {
    each->reset();
  }
  for (int round = 0; round < 100; ++round) {
    run.loop.run_round();
  }
  EXPECT_EQ(run.closed(close_reason::peer_failed), peers);
  EXPECT_EQ(run.sink.long_answers, before);
}

TEST(connection, closed_one_frees_its_answers_although_a_request_is_still_in_work) {
  storm run(0);
  scripted_stream& peer = run.add_deaf_peer(pipelined('f', 1) + pipelined('h', 1));
  run.loop.run_round();
  EXPECT_EQ(run.sink.file.use_count(), 2);
  ASSERT_TRUE(run.sink.waiting);
  peer.reset();
  run.loop.run_round();
  EXPECT_EQ(run.closed(close_reason::peer_failed), 1U);
  EXPECT_EQ(run.sink.file.use_count(), 1);
  run.sink.answer_waiting_request(short_answer_bytes);
}

TEST(connection, answer_counts_as_held_from_the_moment_it_is_ready) {
  storm run(0);
  run.connections.adopt(std::make_unique<scripted_stream>(pipelined('h', 1), run.acknowledged),
                        "plain");
  run.sink.answer_waiting_request(long_answer_bytes);
  EXPECT_EQ(run.connections.snapshot().held_memory_bytes, long_answer_bytes);
  run.loop.run_round();
  EXPECT_EQ(run.acknowledged, long_answer_bytes);
  EXPECT_EQ(run.connections.snapshot().held_memory_bytes, 0U);
}

TEST(connection, short_answer_that_is_ready_later_does_not_queue_behind_bulk) {
  storm run(64);
  run.connections.adopt(std::make_unique<scripted_stream>(pipelined('h', 1), run.acknowledged),
                        "plain");
  run.loop.run_round();
  run.sink.answer_waiting_request(short_answer_bytes);
  const std::uint64_t before = run.fetched();
  run.loop.run_round();
  EXPECT_EQ(run.acknowledged, short_answer_bytes);
  EXPECT_GT(run.fetched(), before) << "and the bulk goes on";
}

std::string begun_frame(std::uint32_t announced, std::size_t sent) {
  std::string bytes(4, '\0');
  store_big_endian(std::as_writable_bytes(std::span(bytes)).data(), announced);
  return bytes.append(sent, 'p');
}

/// Peers that announce 90 MiB, send 4 MB of it, and are silent from then on.
struct silence : storm {
  struct peer {
    scripted_stream* stream;  // only while it is open
    std::shared_ptr<bool> is_open;
  };
  std::vector<peer> silent;

  silence() : storm(0) {}
  peer add(std::string input, std::uint64_t& answers) {
    auto made = std::make_unique<scripted_stream>(std::move(input), answers);
    const peer added{made.get(), made->is_open};
    connections.adopt(std::move(made), "plain");
    return added;
  }
  void begin(int count) {
    for (int i = 0; i < count; ++i) {
      silent.push_back(add(begun_frame(90U << 20U, 4'000'000), acknowledged));
    }
  }
  /// All sockets are looked at, again and again, until nothing more is read.
  void settle(peer& honest) {
    for (int round = 0; round < 100; ++round) {
      for (const peer& each : silent) {
        wake(each);
      }
      wake(honest);
      loop.run_round();
    }
  }
  static void wake(const peer& woken) {
    if (*woken.is_open) {
      woken.stream->become_readable();
    }
  }
};

constexpr auto step = std::chrono::milliseconds{100};

TEST(connection, producer_of_150_kb_gets_through_beside_silent_holders_of_the_memory) {
  silence run;
  std::uint64_t answers = 0;
  silence::peer producer = run.add("", answers);
  run.begin(20);
  const std::string frame = begun_frame(150'000, 150'000);
  producer.stream->append(frame);
  int stalled = 0;
  int stalled_max = 0;
  for (int i = 0; i < 200; ++i) {
    const std::uint64_t before = answers;
    run.settle(producer);
    ASSERT_TRUE(*producer.is_open);
    if (answers != before) {
      producer.stream->append(frame);
    }
    stalled = answers == before ? stalled + 1 : 0;
    stalled_max = std::max(stalled_max, stalled);
    run.loop.advance(step);
  }
  EXPECT_LE(stalled_max * step, std::chrono::seconds{1});
  EXPECT_EQ(stalled, 0);
  EXPECT_GT(run.closed(close_reason::read_too_slow), 0U);
  EXPECT_LT(run.connections.snapshot().partial_memory_bytes, run.limit.partial_memory_bytes_max);
}

// Beside them hundreds that stop where their share ends and need less than the producer.
TEST(connection, producer_of_150_kb_gets_through_beside_many_that_need_less) {
  silence run;
  std::uint64_t answers = 0;
  silence::peer producer = run.add("", answers);
  run.begin(20);
  run.settle(producer);
  for (int i = 0; i < 500; ++i) {
    run.silent.push_back(run.add(begun_frame(80'000, frame_reader::share_bytes), run.acknowledged));
  }
  const std::string frame = begun_frame(150'000, 150'000);
  producer.stream->append(frame);
  int steps = 0;
  for (; steps < 100 && answers == 0; ++steps) {
    run.settle(producer);
    run.loop.advance(step);
  }
  EXPECT_LE(steps * step, std::chrono::seconds{2});
  EXPECT_TRUE(*producer.is_open);
}

TEST(connection, large_request_that_comes_on_steadily_outlives_the_silent_ones) {
  silence run;
  std::uint64_t answers = 0;
  constexpr std::size_t size = 3U << 20U;
  constexpr std::size_t piece = 64U << 10U;
  silence::peer steady = run.add(begun_frame(size, piece), answers);
  run.begin(20);
  for (std::size_t sent = piece; sent < size; sent += piece) {
    run.settle(steady);
    ASSERT_TRUE(*steady.is_open);
    steady.stream->append(std::string(piece, 'p'));
    run.loop.advance(step);
  }
  for (int i = 0; i < 100 && answers == 0; ++i) {
    run.settle(steady);
    run.loop.advance(step);
  }
  EXPECT_EQ(answers, short_answer_bytes);
  EXPECT_GT(run.closed(close_reason::read_too_slow), 0U);
}

TEST(connection, silent_holder_is_kept_while_nobody_waits_for_its_memory) {
  silence run;
  std::uint64_t answers = 0;
  silence::peer honest = run.add(begun_frame(2U << 20U, 1'000'000), answers);
  for (int i = 0; i < 100; ++i) {
    run.settle(honest);
    run.loop.advance(step);
  }
  EXPECT_TRUE(*honest.is_open);
}

}  // namespace
}  // namespace tidemill::network
