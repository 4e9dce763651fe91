#include "tests/unit/network/loopback.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <fstream>
#include <thread>

namespace tidemill::network {
namespace {

using namespace std::chrono_literals;
using test::client;
using test::framed;
using test::loopback;
using testing::HasSubstr;

std::size_t resident_bytes() {
  std::ifstream status("/proc/self/statm");
  std::size_t total = 0;
  std::size_t resident = 0;
  status >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool memory_is_measurable = false;
#else
constexpr bool memory_is_measurable = true;
#endif

TEST(loopback, frames_of_all_sizes_are_answered) {
  loopback broker;
  client peer(broker.port);
  for (const std::size_t size : {1U, 100U, 3000U, 70'000U, 300'000U, 5'000'000U}) {
    const std::string content = "e" + std::string(size - 1, 'x');
    std::jthread sender([&] { EXPECT_TRUE(peer.send(framed(content))); });
    EXPECT_EQ(peer.response(), content);
    sender.join();
  }
  const counters seen = broker.seen();
  EXPECT_EQ(seen.requests, 6U);
  EXPECT_EQ(seen.responses, 6U);
  EXPECT_EQ(seen.work_memory_bytes, 0U);
  EXPECT_EQ(seen.partial_memory_bytes, 0U);
  EXPECT_EQ(seen.bytes_in, seen.bytes_out);
}

TEST(loopback, pipelined_requests_answered_in_random_order_leave_in_request_order) {
  loopback broker;
  client peer(broker.port);
  std::string all;
  constexpr int count = 2000;
  for (int i = 0; i < count; ++i) {
    const char kind = i % 50 == 49 ? 'e' : (i % 70 == 69 ? 'n' : 'p');
    all += framed(kind + std::to_string(i) + std::string(static_cast<std::size_t>(i) + 1, '.'));
  }
  std::jthread sender([&] { EXPECT_TRUE(peer.send(all)); });
  for (int i = 0; i < count; ++i) {
    const char kind = i % 50 == 49 ? 'e' : (i % 70 == 69 ? 'n' : 'p');
    if (kind != 'n') {
      ASSERT_THAT(peer.response(), testing::StartsWith(kind + std::to_string(i) + "."));
    }
  }
  sender.join();
  EXPECT_GT(broker.sinks[0]->in_work_max, 1U);
}

TEST(loopback, request_that_may_not_be_pipelined_keeps_the_next_one_waiting) {
  loopback broker;
  client peer(broker.port);
  ASSERT_TRUE(peer.send(framed("h1") + framed("h2") + framed("e3")));
  while (broker.sinks[0]->held == 0) {
    std::this_thread::yield();
  }
  EXPECT_EQ(broker.seen().requests, 1U);
  broker.run([&] { broker.sinks[0]->release(); });
  EXPECT_EQ(peer.response(), "h1");
  while (broker.sinks[0]->held == 1) {
    std::this_thread::yield();
  }
  EXPECT_EQ(broker.seen().requests, 2U);
  broker.run([&] { broker.sinks[0]->release(); });
  EXPECT_EQ(peer.response(), "h2");
  EXPECT_EQ(peer.response(), "e3");
}

TEST(loopback, garbage_ends_its_connection_only_and_the_log_says_why) {
  loopback broker;
  client good(broker.port);
  const std::pair<std::string, const char*> bad[] = {
      {std::string("\xff\xff\xff\xff", 4), "announced a request of -1 bytes"},
      {std::string("\0\0\0\0", 4), "announced a request of 0 bytes"},
      {std::string("\x7f\xff\xff\xff", 4), "2147483647 bytes"},
      {std::string("\x16\x03\x01\x02\x00\x01\x00\x01", 8), "speaks TLS"},
      {"GET /metrics HTTP/1.1\r\n\r\n", "speaks HTTP"}};
  for (const auto& [bytes, reason] : bad) {
    client peer(broker.port);
    ASSERT_TRUE(peer.send(bytes));
    EXPECT_TRUE(peer.is_closed_by_peer());
    EXPECT_THAT(broker.log.all(), HasSubstr(reason));
    ASSERT_TRUE(good.send(framed("e")));
    EXPECT_EQ(good.response(), "e");
  }
  EXPECT_EQ(broker.seen().closed[static_cast<std::size_t>(close_reason::frame_invalid)], 5U);
}

TEST(loopback, sink_closes_after_the_earlier_responses_and_the_reason_is_escaped) {
  loopback broker;
  client peer(broker.port);
  ASSERT_TRUE(peer.send(framed("e1") + framed("c") + framed("e2")));
  EXPECT_EQ(peer.response(), "e1");
  EXPECT_TRUE(peer.is_closed_by_peer());
  EXPECT_THAT(broker.log.all(), HasSubstr("it asked\\x0d\\x0afor it"));
  client other(broker.port);
  ASSERT_TRUE(other.send(framed("d")));
  EXPECT_TRUE(other.is_closed_by_peer());
}

TEST(loopback, muted_connection_is_answered_later) {
  loopback broker;
  client peer(broker.port);
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_TRUE(peer.send(framed("m") + framed("e")));
  EXPECT_EQ(peer.response(), "m");
  EXPECT_EQ(peer.response(), "e");
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 50ms);
}

TEST(loopback, frame_that_does_not_come_on_is_closed) {
  limits limit;
  limit.transfer_window = 100ms;
  loopback broker(limit);
  client stalled(broker.port);
  ASSERT_TRUE(stalled.send(framed(std::string(1000, 'e')).substr(0, 500)));
  client silent(broker.port);
  EXPECT_TRUE(stalled.is_closed_by_peer());
  EXPECT_THAT(broker.log.all(), HasSubstr("did not come on, 500 bytes"));
}

TEST(loopback, idle_connection_is_closed_and_one_with_a_request_in_work_is_not) {
  limits limit;
  limit.idle_max = 150ms;
  loopback broker(limit);
  client waiting(broker.port);
  ASSERT_TRUE(waiting.send(framed("h")));
  client idle(broker.port);
  EXPECT_TRUE(idle.is_closed_by_peer());
  client second(broker.port);
  EXPECT_TRUE(second.is_closed_by_peer());
  broker.run([&] { broker.sinks[0]->release(); });
  EXPECT_EQ(waiting.response(), "h");
}

TEST(loopback, peer_that_does_not_read_is_closed_and_bounded) {
  limits limit;
  limit.transfer_window = 200ms;
  limit.connection_response_bytes_max = 1U << 20U;
  loopback broker(limit);
  client deaf(broker.port, 4096);
  const std::string request = framed("e" + std::string(50'000, 'x'));
  while (deaf.send(request)) {
  }
  EXPECT_THAT(broker.log.all(), HasSubstr("does not read"));
  client good(broker.port);
  ASSERT_TRUE(good.send(framed("e")));
  EXPECT_EQ(good.response(), "e");
}

TEST(loopback, idle_connections_cost_little) {
  loopback broker;
  std::vector<client> peers;
  const auto add = [&](int count) {
    for (int i = 0; i < count; ++i) {
      peers.emplace_back(broker.port);
      ASSERT_TRUE(peers.back().send(framed("e" + std::string(50'000, 'x'))));
      ASSERT_EQ(peers.back().response().size(), 50'001U);
    }
  };
  add(50);  // what the shard needs once
  const std::size_t before = resident_bytes();
  add(300);
  if (memory_is_measurable) {
    EXPECT_LE((resident_bytes() - before) / 300, 4096U);
  }
}

TEST(loopback, connections_over_a_limit_are_closed_at_once) {
  limits limit;
  limit.connections_per_address_max = 3;
  loopback broker(limit);
  std::vector<client> peers;
  for (int i = 0; i < 3; ++i) {
    peers.emplace_back(broker.port);
    ASSERT_TRUE(peers.back().send(framed("e")));
    EXPECT_EQ(peers.back().response(), "e");
  }
  client fourth(broker.port);
  EXPECT_TRUE(fourth.is_closed_by_peer());
  EXPECT_THAT(broker.log.all(), HasSubstr("limit of 3 connections of one address"));
  peers.pop_back();
  while (broker.run([&] { return broker.accepting->connections(); }) > 2) {
    std::this_thread::yield();
  }
  client fifth(broker.port);
  ASSERT_TRUE(fifth.send(framed("e")));
  EXPECT_EQ(fifth.response(), "e");
}

// Twenty at once, then twenty a second: the rest waits and is served later, none is closed.
TEST(loopback, connections_that_come_too_fast_wait) {
  limits limit;
  limit.connections_per_second_max = 20;
  loopback broker(limit);
  std::vector<client> peers;
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 30; ++i) {
    peers.emplace_back(broker.port);
    ASSERT_TRUE(peers.back().send(framed("e")));
  }
  for (client& peer : peers) {
    EXPECT_EQ(peer.response(), "e");
  }
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 400ms);
  EXPECT_GT(broker.run([&] { return broker.accepting->rate_waits(); }), 0U);
  EXPECT_EQ(broker.seen().connections, 30U);
  broker.run([&] { broker.accepting->change_rate(0); });
  client late(broker.port);
  ASSERT_TRUE(late.send(framed("e")));
  EXPECT_EQ(late.response(), "e");
}

TEST(loopback, connections_are_spread_over_shards) {
  loopback broker({}, 3);
  std::vector<client> peers;
  for (int i = 0; i < 9; ++i) {
    peers.emplace_back(broker.port);
    ASSERT_TRUE(peers.back().send(framed("e")));
    EXPECT_EQ(peers.back().response(), "e");
  }
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(broker.seen(i).connections, 3U);
  }
  peers.clear();
  while (broker.run([&] { return broker.accepting->connections(); }) > 0) {
    std::this_thread::yield();
  }
}

TEST(loopback, stop_lets_requests_in_work_end) {
  loopback broker;
  client waiting(broker.port);
  client idle(broker.port);
  ASSERT_TRUE(waiting.send(framed("h")));
  while (broker.sinks[0]->held == 0) {
    std::this_thread::yield();
  }
  std::thread stopping([&] { broker.stop_shard(0, 10s); });
  EXPECT_TRUE(idle.is_closed_by_peer());
  broker.run([&] { broker.sinks[0]->release(); });
  EXPECT_EQ(waiting.response(), "h");
  EXPECT_TRUE(waiting.is_closed_by_peer());
  stopping.join();
}

TEST(loopback, stop_closes_late_requests_after_its_grace) {
  loopback broker;
  client waiting(broker.port);
  ASSERT_TRUE(waiting.send(framed("h")));
  while (broker.sinks[0]->held == 0) {
    std::this_thread::yield();
  }
  broker.stop_shard(0, 20ms);
  EXPECT_TRUE(waiting.is_closed_by_peer());
}

// 400 connections announce 90 MiB each; some send nothing more, some all that is taken.
TEST(loopback, many_announced_large_requests_cost_little_and_delay_nobody) {
  limits limit;
  limit.contended_window = 100ms;
  loopback broker(limit);
  client good(broker.port);
  const std::size_t before = resident_bytes();
  const std::string head = framed(std::string(90U << 20U, '\0')).substr(0, 4);
  const std::string share(1U << 20U, 'x');
  std::vector<client> greedy;
  for (int i = 0; i < 400; ++i) {
    greedy.emplace_back(broker.port);
    ASSERT_TRUE(greedy.back().send(head));
  }
  std::size_t resident_max = 0;
  auto slowest = std::chrono::steady_clock::duration::zero();
  for (int round = 0; round < 8; ++round) {
    for (std::size_t i = 0; i < greedy.size(); i += 2) {
      (void)greedy[i].send_some(share);
    }
    const auto begin = std::chrono::steady_clock::now();
    ASSERT_TRUE(good.send(framed("e" + std::string(16'000, 'x'))));
    ASSERT_EQ(good.response().size(), 16'001U);
    slowest = std::max(slowest, std::chrono::steady_clock::now() - begin);
    resident_max = std::max(resident_max, resident_bytes());
  }
  EXPECT_LE(broker.seen().partial_memory_bytes, 64U << 20U);
  EXPECT_LT(slowest, 2s);
  if (memory_is_measurable) {
    EXPECT_LT(resident_max - before, 64U << 20U);
  }
  // A large request of somebody else still gets through, in its turn.
  const std::string large = "e" + std::string(3U << 20U, 'y');
  std::jthread sender([&] { EXPECT_TRUE(good.send(framed(large))); });
  EXPECT_EQ(good.response().size(), large.size());
  sender.join();
  greedy.clear();
  while (broker.seen().connections > 1) {
    std::this_thread::yield();
  }
  EXPECT_EQ(broker.seen().partial_memory_bytes, 0U);
}

TEST(loopback, requests_larger_than_the_memory_together_all_get_through) {
  limits limit;
  limit.partial_memory_bytes_max = 1U << 20U;
  limit.work_memory_bytes_max = 2U << 20U;
  // On a busy machine, or under a sanitizer, an honest peer may stand still for a while; how such
  // are closed is a test of its own.
  limit.contended_window = limit.memory_wait_max;
  loopback broker(limit);
  std::vector<std::thread> peers;
  for (int i = 0; i < 8; ++i) {
    peers.emplace_back([&broker] {
      client peer(broker.port);
      const std::string large = "e" + std::string(6U << 20U, 'y');
      for (int round = 0; round < 3; ++round) {
        std::jthread sender([&] { EXPECT_TRUE(peer.send(framed(large))); });
        EXPECT_EQ(peer.response().size(), large.size());
        sender.join();
      }
    });
  }
  for (auto& peer : peers) {
    peer.join();
  }
  EXPECT_GT(broker.seen().memory_waits, 0U);
}

class file_test : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = std::filesystem::temp_directory_path() / "tidemill-network-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    directory_ = name;
    auto disk = io::make_posix_disk();
    file_ = disk->open(directory_ + "/f", io::open_mode::create).value();
    content_.resize(4U << 20U);
    for (std::size_t i = 0; i < content_.size(); ++i) {
      content_[i] = static_cast<char>(i * 2654435761U >> 11U);
    }
    ASSERT_TRUE(file_->write_at(0, as_bytes(content_)));
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string directory_;
  std::string content_;
  std::shared_ptr<io::file> file_;
};

TEST_F(file_test, ranges_of_a_file_arrive_whole) {
  loopback broker;
  broker.sinks[0]->file = file_;
  client peer(broker.port);
  for (const std::size_t size : {1U, 1000U, 33'000U, 1'000'000U, 4U << 20U}) {
    ASSERT_TRUE(peer.send(framed("f" + std::to_string(size))));
    EXPECT_TRUE(peer.response() == "f" + content_.substr(0, size)) << size;
  }
}

TEST_F(file_test, range_past_the_end_of_the_file_closes_the_connection) {
  loopback broker;
  broker.sinks[0]->file = file_;
  client peer(broker.port);
  ASSERT_TRUE(peer.send(framed("f" + std::to_string((4U << 20U) + 100'000))));
  EXPECT_EQ(peer.response().size(), 1 + (4U << 20U));
  EXPECT_THAT(broker.log.all(), HasSubstr("could not be sent"));
}

// Four readers that always have a large response on its way, one producer of 16 KiB frames: both
// go on.
TEST_F(file_test, storm_of_fetches_leaves_room_for_a_producer) {
  loopback broker;
  broker.sinks[0]->file = file_;
  std::atomic<bool> ended = false;
  std::atomic<std::uint64_t> fetched = 0;
  std::vector<std::jthread> readers;
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&] {
      client peer(broker.port);
      const std::string ask = framed("f" + std::to_string(4U << 20U));
      EXPECT_TRUE(peer.send(ask));
      while (!ended) {
        EXPECT_TRUE(peer.send(ask));
        fetched += peer.skip_response();
      }
    });
  }
  client producer(broker.port);
  const std::string frame = framed("p" + std::string(16'383, 'x'));
  std::uint64_t produced = 0;
  constexpr int outstanding = 16;
  for (int i = 0; i < outstanding; ++i) {
    ASSERT_TRUE(producer.send(frame));
  }
  const auto end = std::chrono::steady_clock::now() + 1s;
  auto slowest = std::chrono::steady_clock::duration::zero();
  while (std::chrono::steady_clock::now() < end) {
    const auto begin = std::chrono::steady_clock::now();
    ASSERT_EQ(producer.response().size(), 16'384U);
    slowest = std::max(slowest, std::chrono::steady_clock::now() - begin);
    ASSERT_TRUE(producer.send(frame));
    ++produced;
  }
  ended = true;
  readers.clear();
  RecordProperty("produced_frames", std::to_string(produced));
  RecordProperty("fetched_bytes", std::to_string(fetched.load()));
  // How the operating system shares its cores among the clients decides how many they are; the
  // exact shares stand in shard_test.
  EXPECT_GT(produced, 100U);
  EXPECT_LT(slowest, 500ms) << "a bound against being starved, not a measurement";
  EXPECT_GT(fetched.load(), 0U);
}

}  // namespace
}  // namespace tidemill::network
