#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <future>
#include <string>
#include <vector>

#include "io/asio/loop_thread.hpp"
#include "io/asio/tcp.hpp"
#include "io/asio/thread_pool.hpp"
#include "io/endpoint.hpp"
#include "io/system_random.hpp"
#include "io/timer_queue.hpp"

namespace tidemill::io {
namespace {

using namespace std::chrono_literals;

TEST(endpoint, text_of_each_kind_is_parsed) {
  EXPECT_EQ(parse_endpoint("127.0.0.1:9092").value(), (endpoint{"127.0.0.1", 9092}));
  EXPECT_EQ(parse_endpoint("[::1]:9092").value(), (endpoint{"::1", 9092}));
  EXPECT_EQ(parse_endpoint("broker-1.example:0").value(), (endpoint{"broker-1.example", 0}));
  EXPECT_EQ(parse_endpoint(":9092").value(), (endpoint{"", 9092}));
  EXPECT_EQ(parse_endpoint("*:9092").value(), (endpoint{"", 9092}));
  EXPECT_EQ(to_string(endpoint{"::1", 9092}), "[::1]:9092");
  EXPECT_EQ(to_string(endpoint{"a", 1}), "a:1");
}

TEST(endpoint, text_of_no_endpoint_is_refused) {
  for (const char* text :
       {"", "localhost", "localhost:", ":", "a:65536", "a:-1", "a:1x", "::1:9092", "[::1]", "[]:1",
        "[abc]:1", "a b:1", "a:1 ", "[::1:1", "ho/st:1"}) {
    EXPECT_FALSE(parse_endpoint(text)) << text;
  }
}

TEST(timer_queue, timers_fire_in_order_of_deadline_and_cancelled_ones_never) {
  timer_queue queue;
  const monotonic_time start{};
  std::vector<int> fired;
  std::vector<event_loop::timer_id> timers;
  for (int i = 0; i < 1000; ++i) {
    timers.push_back(queue.add(start + std::chrono::milliseconds((i * 7919) % 1000),
                               [&fired, i] { fired.push_back((i * 7919) % 1000); }));
  }
  for (std::size_t i = 0; i < 1000; i += 2) {
    queue.cancel(timers[i]);
    queue.cancel(timers[i]);
  }
  EXPECT_EQ(queue.size(), 500U);
  EXPECT_FALSE(queue.take_due(start - 1ms));
  while (auto due = queue.take_due(start + 1s)) {
    due();
  }
  EXPECT_EQ(fired.size(), 500U);
  EXPECT_TRUE(std::is_sorted(fired.begin(), fired.end()));
  EXPECT_FALSE(queue.next_deadline().has_value() && queue.size() > 0);
  queue.cancel(event_loop::no_timer);
}

TEST(timer_queue, slots_of_cancelled_timers_are_used_again) {
  timer_queue queue;
  for (int i = 0; i < 100'000; ++i) {
    queue.cancel(queue.add(monotonic_time{} + 1h, [] {}));
  }
  EXPECT_EQ(queue.size(), 0U);
  const auto first = queue.add(monotonic_time{} + 1h, [] {});
  EXPECT_LT(static_cast<std::uint32_t>(first), 2U);
}

TEST(system_random, two_generators_differ) {
  system_random a;
  system_random b;
  EXPECT_NE(a.next(), b.next());
}

TEST(loop_thread, posted_tasks_run_in_order_on_the_loop) {
  asio::loop_thread thread("test");
  thread.start();
  std::promise<std::vector<int>> done;
  auto seen = std::make_shared<std::vector<int>>();
  for (int i = 0; i < 100; ++i) {
    thread.loop().post([seen, i, &thread] {
      EXPECT_TRUE(thread.loop().is_current());
      seen->push_back(i);
    });
  }
  thread.loop().post([seen, &done] { done.set_value(*seen); });
  const auto order = done.get_future().get();
  EXPECT_EQ(order.size(), 100U);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
  EXPECT_FALSE(thread.loop().is_current());
  thread.stop();
}

TEST(loop_thread, earlier_timer_added_later_fires_first) {
  asio::loop_thread thread("test");
  std::vector<int> fired;
  auto& loop = thread.loop();
  (void)loop.schedule(20ms, [&] {
    fired.push_back(2);
    thread.end_run();
  });
  const auto cancelled = loop.schedule(1ms, [&] { fired.push_back(0); });
  (void)loop.schedule(2ms, [&] { fired.push_back(1); });
  loop.cancel(cancelled);
  thread.run();
  EXPECT_EQ(fired, (std::vector<int>{1, 2}));
}

TEST(thread_pool, stop_runs_what_was_submitted) {
  std::atomic<int> count = 0;
  asio::thread_pool pool(3);
  for (int i = 0; i < 1000; ++i) {
    pool.submit([&count] { ++count; });
  }
  pool.stop();
  EXPECT_EQ(count, 1000);
}

TEST(tcp, port_in_use_is_refused) {
  asio::loop_thread thread("test");
  auto first = asio::listen(thread.loop(), {"127.0.0.1", 0}).value();
  const auto second = asio::listen(thread.loop(), {"127.0.0.1", first->port()});
  EXPECT_EQ(second.error(), boost::system::errc::address_in_use);
}

TEST(tcp, unknown_host_is_an_error) {
  asio::loop_thread thread("test");
  EXPECT_FALSE(asio::listen(thread.loop(), {"no-such-host.invalid", 0}));
}

// Pacing (BBR, where it is the system's choice) would cost a timer for every 64 KiB of a large
// read.
TEST(tcp, loopback_listener_does_not_pace) {
  asio::loop_thread thread("test");
  const auto acceptor = asio::listen(thread.loop(), {"127.0.0.1", 0}).value();
  bool found = false;
  for (int descriptor = 3; descriptor < 1024 && !found; ++descriptor) {
    sockaddr_in bound{};
    socklen_t size = sizeof(bound);
    if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&bound), &size) != 0 ||
        ntohs(bound.sin_port) != acceptor->port()) {
      continue;
    }
    found = true;
    std::array<char, 16> control{};
    size = control.size();
    ASSERT_EQ(::getsockopt(descriptor, IPPROTO_TCP, TCP_CONGESTION, control.data(), &size), 0);
    EXPECT_STREQ(control.data(), "reno");
  }
  EXPECT_TRUE(found);
}

TEST(tcp, every_address_takes_both_families) {
  asio::loop_thread thread("test");
  auto acceptor = asio::listen(thread.loop(), {"", 0}).value();
  EXPECT_NE(acceptor->port(), 0);
  EXPECT_EQ(acceptor->accept().error(), boost::system::errc::operation_would_block);
}

}  // namespace
}  // namespace tidemill::io
