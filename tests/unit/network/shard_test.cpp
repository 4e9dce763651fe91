#include "network/shard.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <numeric>

#include "base/big_endian.hpp"
#include "io/timer_queue.hpp"
#include "tests/unit/network/fake_stream.hpp"

namespace tidemill::network {
namespace {

constexpr std::uint64_t range_bytes = 8U << 20U;

// Time and tasks move only when the test says so.
class manual_loop final : public io::event_loop, private io::clock {
 public:
  void post(io::task work) override { tasks_.push_back(std::move(work)); }
  timer_id schedule(std::chrono::nanoseconds delay, io::task work) override {
    return timers_.add(now_ + delay, std::move(work));
  }
  void cancel(timer_id timer) noexcept override { timers_.cancel(timer); }
  bool is_current() const noexcept override { return true; }
  const class io::clock& clock() const noexcept override { return *this; }

  /// Runs what was posted before; what is posted meanwhile waits, as sockets would be read first.
  void run_round() {
    for (auto& work : std::exchange(tasks_, {})) {
      work();
    }
  }
  void advance(std::chrono::nanoseconds span) {
    now_ += span;
    while (auto due = timers_.take_due(now_)) {
      due();
    }
  }

 private:
  io::monotonic_time now() const noexcept override { return now_; }
  io::wall_time wall_now() const noexcept override { return {}; }

  io::monotonic_time now_{std::chrono::hours{1}};
  std::deque<io::task> tasks_;
  io::timer_queue timers_;
};

class inline_pool final : public io::blocking_pool {
 public:
  void submit(io::task work) override { work(); }
};

class silent_log final : public connection_log {
 public:
  void write(level, std::string_view) noexcept override {}
};

// Gives its bytes to the first read and takes whatever is written, while it has room. `repeated`
// comes again each time that the stream is told to be readable.
class scripted_stream final : public io::stream {
 public:
  explicit scripted_stream(std::string input, std::uint64_t& taken, std::string repeated = {})
      : input_(std::move(input)), taken_(taken), repeated_(std::move(repeated)) {}
  void become_readable() {
    if (auto ready = std::exchange(readable_, nullptr)) {
      input_ += repeated_;
      ready();
    }
  }
  /// Takes no more, as for a peer that does not read.
  void fill() { has_room_ = false; }
  /// The peer is gone, and its answers with it.
  void reset() {
    is_reset_ = true;
    if (auto ready = std::exchange(writable_, nullptr)) {
      ready();
    }
  }
  /// More comes; see become_readable().
  void append(std::string_view bytes) { input_ += bytes; }
  using io::stream::read_some;
  result<std::size_t> read_some(mutable_bytes into) override {
    const std::size_t size = std::min(into.size(), input_.size());
    if (size == 0) {
      return make_error_code(boost::system::errc::operation_would_block);
    }
    std::memcpy(into.data(), input_.data(), size);
    input_.erase(0, size);
    return size;
  }
  result<std::size_t> write_some(std::span<const bytes_view> pieces, bool) override {
    if (is_reset_ || !has_room_) {
      return make_error_code(is_reset_ ? boost::system::errc::connection_reset
                                       : boost::system::errc::operation_would_block);
    }
    std::size_t size = 0;
    for (const bytes_view piece : pieces) {
      size += piece.size();
    }
    taken_ += size;
    return size;
  }
  result<std::size_t> send_file(const io::file&, std::uint64_t, std::size_t size) override {
    taken_ += size;
    return size;
  }
  void wait_readable(unique_function<void()> ready) override { readable_ = std::move(ready); }
  void wait_writable(unique_function<void()> ready) override { writable_ = std::move(ready); }
  void close() noexcept override {
    readable_ = nullptr;
    writable_ = nullptr;
  }
  std::string peer() const override { return "fake:1"; }
  std::string peer_address() const override { return "fake"; }

 private:
  std::string input_;
  std::uint64_t& taken_;
  std::string repeated_;
  bool has_room_ = true;
  bool is_reset_ = false;
  unique_function<void()> readable_;
  unique_function<void()> writable_;
};

constexpr std::uint64_t short_answer_bytes = 60;
constexpr std::uint64_t long_answer_bytes = 100'000;

class ranged_sink final : public request_sink {
 public:
  // 'p' is answered in short, 'm' at length, 'h' when the test says so, anything else with a range
  // of a file.
  void handle(request work, responder answer) override {
    const char kind = as_text(work.frame).front();
    if (kind == 'h') {
      waiting = std::move(answer);
      return;
    }
    if (kind == 'p' || kind == 'm') {
      long_answers += kind == 'm' ? 1 : 0;
      response plain;
      plain.bytes.resize(kind == 'p' ? short_answer_bytes : long_answer_bytes);
      return answer.send(std::move(plain));
    }
    response ranged;
    ranged.bytes.resize(60);
    ranged.slices.push_back({file, 0, range_bytes, 60});
    answer.send(std::move(ranged));
  }
  bool may_pipeline(bytes_view) const noexcept override { return false; }
  void connection_closed(connection_info&) noexcept override {}
  void answer_waiting_request(std::size_t size_bytes) {
    response plain;
    plain.bytes.resize(size_bytes);
    waiting.send(std::move(plain));
  }

  responder waiting;
  std::uint64_t long_answers = 0;
  std::shared_ptr<test::fake_file> file =
      std::make_shared<test::fake_file>(std::string(range_bytes, 'x'));
};

struct storm {
  manual_loop loop;
  inline_pool pool;
  ranged_sink sink;
  silent_log log;
  limits limit;
  std::vector<std::uint64_t> taken;
  std::uint64_t acknowledged = 0;
  shard connections{{loop, pool, sink, log, limit, 0}};

  explicit storm(std::size_t readers = 10) : taken(readers) {
    for (std::uint64_t& each : taken) {
      connections.adopt(
          std::make_unique<scripted_stream>(std::string("\0\0\0\1f\0\0\0\1f", 10), each), "plain");
    }
  }
  /// Lives as long as the shard.
  scripted_stream& add_producer() {
    const std::string frame("\0\0\0\1p", 5);
    auto made = std::make_unique<scripted_stream>(frame, acknowledged, frame);
    scripted_stream& producer = *made;
    connections.adopt(std::move(made), "plain");
    return producer;
  }
  /// Sends `input` and reads no answer. Lives until its connection is closed.
  scripted_stream& add_deaf_peer(std::string input) {
    auto made = std::make_unique<scripted_stream>(std::move(input), acknowledged);
    made->fill();
    scripted_stream& peer = *made;
    connections.adopt(std::move(made), "plain");
    return peer;
  }
  [[nodiscard]] std::uint64_t closed(close_reason reason) const {
    return connections.snapshot().closed[static_cast<std::size_t>(reason)];
  }
  [[nodiscard]] std::uint64_t fetched() const {
    return std::accumulate(taken.begin(), taken.end(), std::uint64_t{0});
  }
};

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

// A frame of 64 KiB of which 20,000 bytes have come.
std::string half_read_frame() {
  std::string bytes("\0\1\0\0", 4);
  return bytes.append(20'000, 'p');
}

TEST(shard, half_read_frames_beyond_the_bound_end_the_oldest_of_them) {
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

TEST(shard, producer_beside_peers_that_stand_still_is_never_ended) {
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

TEST(shard, answers_that_nobody_reads_are_made_only_up_to_their_bounds) {
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

TEST(shard, pipelined_requests_are_worked_off_in_rounds_that_are_bounded) {
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

TEST(shard, requests_of_peers_that_have_left_are_not_worked_off) {
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

TEST(shard, answer_counts_as_held_from_the_moment_it_is_ready) {
  storm run(0);
  run.connections.adopt(std::make_unique<scripted_stream>(pipelined('h', 1), run.acknowledged),
                        "plain");
  run.sink.answer_waiting_request(long_answer_bytes);
  EXPECT_EQ(run.connections.snapshot().held_memory_bytes, long_answer_bytes);
  run.loop.run_round();
  EXPECT_EQ(run.acknowledged, long_answer_bytes);
  EXPECT_EQ(run.connections.snapshot().held_memory_bytes, 0U);
}

TEST(shard, short_answer_that_is_ready_later_does_not_queue_behind_bulk) {
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
