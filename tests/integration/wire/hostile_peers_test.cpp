#include <signal.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include "protocol/api_versions.hpp"
#include "protocol/describe_configs.hpp"
#include "protocol/fetch.hpp"
#include "protocol/metadata.hpp"
#include "protocol/produce.hpp"
#include "tests/support/broker_process.hpp"
#include "tests/support/topic_client.hpp"

namespace tidemill::testing {
namespace {

std::vector<std::byte> bytes_of(std::initializer_list<int> values) {
  std::vector<std::byte> bytes;
  for (const int value : values) {
    bytes.push_back(static_cast<std::byte>(value));
  }
  return bytes;
}

std::vector<std::byte> announce(std::int32_t size) {
  std::vector<std::byte> frame(4);
  store_big_endian(frame.data(), size);
  return frame;
}

/// One broker for the tests that leave it as it was.
class hostile_peers : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    broker_ = std::make_unique<broker_process>();
    broker_->start();
    wire_client client(broker_->port());
    create_topic(client, "steady", 1);
  }
  static void TearDownTestSuite() { broker_.reset(); }

  void SetUp() override { steady_ = std::make_unique<wire_client>(broker_->port()); }
  void TearDown() override {
    // Whatever happened to others, this connection goes on.
    EXPECT_EQ(produce(*steady_, "steady", 0, make_batch({"still here"})).error,
              protocol::wire_error::none);
  }

  static std::unique_ptr<broker_process> broker_;
  std::unique_ptr<wire_client> steady_;
};

std::unique_ptr<broker_process> hostile_peers::broker_;

TEST_F(hostile_peers, frame_with_a_bad_length_is_cut_off) {
  for (const std::int32_t size : {-1, 0, 7, 0x7fffffff, static_cast<std::int32_t>(0x80000000)}) {
    wire_client client(broker_->port());
    client.send_bytes(announce(size));
    if (size == 7) {
      client.send_bytes(bytes_of({0, 3, 0, 0, 0, 0, 0}));
    }
    EXPECT_TRUE(client.is_closed_within(5000)) << size;
  }
}

TEST_F(hostile_peers, tls_hello_on_a_plain_port_is_cut_off_and_named) {
  wire_client client(broker_->port());
  client.send_bytes(bytes_of({0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03}));
  EXPECT_TRUE(client.is_closed_within(5000));
  EXPECT_THAT(broker_->output(), ::testing::HasSubstr("TLS"));
}

TEST_F(hostile_peers, garbage_frame_is_cut_off) {
  std::vector<std::byte> garbage(1000, std::byte{0xee});
  auto frame = announce(static_cast<std::int32_t>(garbage.size()));
  frame.insert(frame.end(), garbage.begin(), garbage.end());
  wire_client client(broker_->port());
  client.send_bytes(frame);
  EXPECT_TRUE(client.is_closed_within(5000));
}

TEST_F(hostile_peers, unsupported_version_is_cut_off_and_named) {
  // Metadata version 99.
  wire_client client(broker_->port());
  auto frame = announce(15);
  const auto request = bytes_of({0, 3, 0, 99, 0, 0, 0, 1, 0, 4, 'e', 'v', 'i', 'l', 0});
  frame.insert(frame.end(), request.begin(), request.end());
  client.send_bytes(frame);
  EXPECT_TRUE(client.is_closed_within(5000));
  EXPECT_THAT(broker_->output(), ::testing::HasSubstr("99"));
}

TEST_F(hostile_peers, api_versions_of_a_newer_client_is_answered_in_version_0) {
  wire_client client(broker_->port());
  auto frame = announce(15);
  const auto request = bytes_of({0, 18, 0, 77, 0, 0, 0, 1, 0, 4, 'n', 'e', 'x', 't', 0});
  frame.insert(frame.end(), request.begin(), request.end());
  client.send_bytes(frame);
  const auto got = client.receive_frame();
  auto body =
      protocol::decode<protocol::api_versions_response>(bytes_view(got).subspan(4), api_version{0});
  ASSERT_TRUE(body);
  EXPECT_EQ(body->error_code, protocol::wire_error::unsupported_version);
  EXPECT_FALSE(body->api_keys.empty());
}

TEST_F(hostile_peers, control_characters_of_a_client_id_do_not_reach_the_log) {
  wire_client client(broker_->port());
  auto frame = announce(17);
  const auto request =
      bytes_of({0, 3, 0, 99, 0, 0, 0, 1, 0, 6, '\r', '\n', 0x1b, '[', '3', '1', 0});
  frame.insert(frame.end(), request.begin(), request.end());
  client.send_bytes(frame);
  EXPECT_TRUE(client.is_closed_within(5000));
  EXPECT_THAT(broker_->output(), ::testing::Not(::testing::HasSubstr("\x1b[31")));
  EXPECT_THAT(broker_->output(), ::testing::Not(::testing::HasSubstr("\r")));
}

TEST_F(hostile_peers, topic_names_that_leave_the_data_directory_are_refused) {
  const std::vector<std::string> names{
      "../up", "..", ".", "a/b", std::string("nul\0", 4), std::string(250, 'x')};
  for (const std::string& name : names) {
    EXPECT_THROW(create_topic(*steady_, name, 1), std::runtime_error) << name;
  }
}

// A sanitizer keeps freed memory back, so resident memory says nothing about the broker there.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool resident_memory_is_meaningful = false;
#else
constexpr bool resident_memory_is_meaningful = true;
#endif

TEST(hostile_peers_memory, announced_megabytes_cost_little_and_delay_nobody) {
  broker_process broker({"--set", "limits.connections_per_address_max=2000"});
  broker.start();
  wire_client steady(broker.port());
  create_topic(steady, "steady", 1);
  const auto before = broker.resident_bytes();
  std::vector<wire_client> liars;
  const std::vector<std::byte> a_little(1000, std::byte{1});
  for (int i = 0; i < 400; ++i) {
    auto& liar = liars.emplace_back(broker.port());
    liar.send_bytes(announce(90 << 20));
    liar.send_bytes(a_little);
  }
  auto slowest = std::chrono::steady_clock::duration::zero();
  for (int i = 0; i < 200; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    ASSERT_EQ(produce(steady, "steady", 0, make_batch({"x"})).error, protocol::wire_error::none);
    slowest = std::max(slowest, std::chrono::steady_clock::now() - begin);
  }
  if (resident_memory_is_meaningful) {
    EXPECT_LT(broker.resident_bytes(), before + (64U << 20));
  }
  EXPECT_LT(slowest, std::chrono::seconds(1)) << "a bound against being stuck, not a measurement";
}

TEST(hostile_peers_memory, thousands_of_dribbling_connections_hold_no_more_than_the_budget) {
  broker_process broker({"--set", "limits.connections_per_address_max=10000", "--set",
                         "limits.request_memory_bytes=64MiB"});
  rlimit files{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &files), 0);
  files.rlim_cur = files.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &files);
  const std::size_t count = std::min<std::size_t>(5000, files.rlim_cur / 4);
  broker.start();
  wire_client steady(broker.port());
  create_topic(steady, "steady", 1);
  const auto before = broker.resident_bytes();
  std::vector<wire_client> slow;
  const std::vector<std::byte> a_part(20'000, std::byte{1});  // of 64 KiB: 95 MiB for all of them
  auto slowest = std::chrono::steady_clock::duration::zero();
  std::uint64_t most = 0;
  const auto serve = [&] {
    const auto begin = std::chrono::steady_clock::now();
    ASSERT_EQ(produce(steady, "steady", 0, make_batch({std::string(16'000, 'x')})).error,
              protocol::wire_error::none);
    slowest = std::max(slowest, std::chrono::steady_clock::now() - begin);
    most = std::max(most, broker.resident_bytes());
  };
  for (std::size_t i = 0; i < count; ++i) {
    try {
      auto& peer = slow.emplace_back(broker.port());
      peer.send_bytes(announce(64 << 10));
      peer.send_bytes(a_part);
    } catch (const std::exception&) {
      // Being cut off is an answer, too.
    }
    if (i % 50 == 0) {
      serve();
    }
  }
  for (int round = 0; round < 5; ++round) {
    for (auto& peer : slow) {
      try {
        peer.send_bytes(bytes_of({1}));
      } catch (const std::exception&) {
        continue;
      }
    }
    serve();
  }
  if (resident_memory_is_meaningful) {
    // 5/16 of the budget, and what a connection costs that holds nothing.
    EXPECT_LT(most, before + (20U << 20) + count * (8U << 10));
  }
  EXPECT_LT(slowest, std::chrono::seconds(5)) << "a bound against being stuck, not a measurement";
}

// The slowest of the produces of 150 KB that follow each other for `span`; one at least.
std::chrono::steady_clock::duration slowest_within(std::chrono::steady_clock::duration span,
                                                   wire_client& client,
                                                   const std::function<void()>& between) {
  auto slowest = std::chrono::steady_clock::duration::zero();
  const auto end = std::chrono::steady_clock::now() + span;
  do {
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(produce(client, "steady", 0, make_batch({std::string(150'000, 'x')})).error,
              protocol::wire_error::none);
    slowest = std::max(slowest, std::chrono::steady_clock::now() - begin);
    between();
  } while (std::chrono::steady_clock::now() < end);
  return slowest;
}

TEST(hostile_peers_memory, answers_that_nobody_reads_cost_little_and_delay_nobody) {
  broker_process broker({"--set", "limits.connections_per_address_max=2000", "--set",
                         "limits.request_memory_bytes=64MiB"});
  broker.start();
  wire_client steady(broker.port());
  create_topic(steady, "steady", 1);
  for (int i = 0; i < 300; ++i) {  // so that an answer about all of them has 75 KB
    create_topic(steady, std::to_string(i) + std::string(200, 'n'), 1);
  }
  protocol::metadata_request all{};
  all.topics = std::nullopt;
  constexpr std::int16_t version = 9;
  ASSERT_GT(steady.call<protocol::metadata_response>(all, version).frame.size(), 60'000U);
  const auto before = broker.resident_bytes();
  std::vector<wire_client> deaf;
  for (int i = 0; i < 200; ++i) {
    auto& peer = deaf.emplace_back(broker.port());
    try {
      for (int k = 0; k < 200; ++k) {
        peer.send_request(all, version);
      }
    } catch (const std::exception&) {
      // Being cut off is an answer, too.
    }
  }
  std::uint64_t most = 0;
  const auto slowest = slowest_within(std::chrono::seconds(2), steady,
                                      [&] { most = std::max(most, broker.resident_bytes()); });
  if (resident_memory_is_meaningful) {
    EXPECT_LT(most, before + (64U << 20)) << "5/16 of the budget, and what the allocator keeps";
  }
  EXPECT_LT(slowest, std::chrono::seconds(3)) << "a bound against being stuck, not a measurement";
  deaf.clear();
  wire_client late(broker.port());
  EXPECT_LT(slowest_within({}, late, [] {}), std::chrono::seconds(3))
      << "what they asked is forgotten";
}

// Fetches of 100 KB each that wait for longer than anybody else would.
TEST(hostile_peers_memory, fetches_that_wait_cost_little_and_delay_nobody) {
  broker_process broker({"--set", "limits.connections_per_address_max=2000", "--set",
                         "limits.request_memory_bytes=16MiB"});
  broker.start();
  wire_client steady(broker.port());
  create_topic(steady, "steady", 1);
  create_topic(steady, "waited-for", 5000);
  constexpr std::int16_t version = 4;
  protocol::fetch_request patient{};
  patient.max_wait_ms = INT32_MAX;
  patient.min_bytes = INT32_MAX;
  patient.max_bytes = 1 << 20;
  patient.topics.emplace_back().topic = "waited-for";
  for (int i = 0; i < 5000; ++i) {
    auto& row = patient.topics[0].partitions.emplace_back();
    row.partition = partition_index{i};
    row.partition_max_bytes = 1 << 20;
  }
  const auto before = broker.resident_bytes();
  std::vector<wire_client> waiting;
  for (int i = 0; i < 80; ++i) {
    waiting.emplace_back(broker.port()).send_request(patient, version);
  }
  std::uint64_t most = 0;
  const auto slowest = slowest_within(std::chrono::seconds(2), steady,
                                      [&] { most = std::max(most, broker.resident_bytes()); });
  if (resident_memory_is_meaningful) {
    EXPECT_LT(most, before + (64U << 20)) << "what may wait, unread answers, and the logs";
  }
  EXPECT_LT(slowest, std::chrono::seconds(3)) << "a bound against being stuck, not a measurement";
}

// What little bytes can name makes no large answer and no large operation.
TEST(hostile_peers_memory, requests_that_name_one_thing_often_cost_little_and_delay_nobody) {
  broker_process broker;
  broker.start();
  wire_client steady(broker.port());
  create_topic(steady, "steady", 1);
  const auto before = broker.resident_bytes();
  protocol::describe_configs_request described{};
  described.include_documentation = described.include_synonyms = true;
  for (int i = 0; i < 40'000; ++i) {
    auto& row = described.resources.emplace_back();
    row.resource_type = 4;
    row.resource_name = "1";
    row.configuration_keys = std::nullopt;
  }
  protocol::produce_request produced_empty{};
  produced_empty.acks = 1;
  produced_empty.topic_data.emplace_back().name = "steady";
  produced_empty.topic_data[0].partition_data.resize(500'000);
  for (auto& row : produced_empty.topic_data[0].partition_data) {
    row.records = protocol::records{};
  }
  std::vector<wire_client> peers;
  for (int i = 0; i < 8; ++i) {
    try {
      peers.emplace_back(broker.port()).send_request(described, 4);
      peers.emplace_back(broker.port()).send_request(produced_empty, 7);
    } catch (const std::exception&) {
      // Being cut off is an answer, too.
    }
  }
  std::uint64_t most = 0;
  const auto slowest = slowest_within(std::chrono::seconds(1), steady,
                                      [&] { most = std::max(most, broker.resident_bytes()); });
  if (resident_memory_is_meaningful) {
    EXPECT_LT(most, before + (96U << 20));
  }
  EXPECT_LT(slowest, std::chrono::seconds(3)) << "a bound against being stuck, not a measurement";
}

TEST(hostile_peers_memory, silent_holders_of_the_memory_delay_no_request_of_150_kb) {
  broker_process broker;
  broker.start();
  wire_client steady(broker.port());
  create_topic(steady, "steady", 1);
  std::vector<std::thread> silent;
  std::atomic<bool> ends{false};
  std::atomic<int> begun{0};
  constexpr int peers = 20;
  for (int i = 0; i < peers; ++i) {
    silent.emplace_back([&] {
      try {
        wire_client peer(broker.port());
        peer.send_bytes(announce(90 << 20));
        peer.send_bytes(std::vector<std::byte>(1 << 20, std::byte{1}));
        begun += 1;
        begun.notify_all();
        peer.send_bytes(std::vector<std::byte>(3 << 20, std::byte{1}));
        ends.wait(false);
      } catch (const std::exception&) {
        // Being cut off is an answer, too.
      }
    });
  }
  for (int seen = begun; seen < peers; seen = begun) {
    begun.wait(seen);
  }
  EXPECT_LT(slowest_within(std::chrono::seconds(3), steady, [] {}), std::chrono::seconds(3))
      << "a bound against being stuck, not a measurement";
  ends = true;
  ends.notify_all();
  broker.stop(SIGKILL);
  for (auto& peer : silent) {
    peer.join();
  }
}

TEST(hostile_peers_memory, requests_in_flight_stay_inside_their_budget) {
  broker_process broker({"--set", "limits.connections_per_address_max=2000", "--set",
                         "limits.request_memory_bytes=67108864"});
  broker.start();
  wire_client steady(broker.port());
  create_topic(steady, "steady", 1);
  const auto before = broker.resident_bytes();
  std::vector<std::thread> senders;
  std::atomic<std::uint64_t> sent{0};
  for (int i = 0; i < 20; ++i) {
    senders.emplace_back([&] {
      try {
        wire_client liar(broker.port());
        liar.send_bytes(announce(90 << 20));
        const std::vector<std::byte> chunk(1 << 16, std::byte{1});
        for (int k = 0; k < 1300; ++k) {  // 81 of the 90 MiB, then silence
          liar.send_bytes(chunk);
          sent += chunk.size();
        }
      } catch (const std::exception&) {
        // Being cut off is an answer, too.
      }
    });
  }
  std::uint64_t most = 0;
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(produce(steady, "steady", 0, make_batch({"x"})).error, protocol::wire_error::none);
    most = std::max(most, broker.resident_bytes());
    std::this_thread::sleep_for(std::chrono::milliseconds(10));  // samples over a second of attack
  }
  EXPECT_GT(sent.load(), 32U << 20) << "the attack did not happen";
  if (resident_memory_is_meaningful) {
    EXPECT_LT(most, before + (160U << 20));
  }
  broker.stop(SIGKILL);
  for (auto& sender : senders) {
    sender.join();
  }
}

}  // namespace
}  // namespace tidemill::testing
