// The cost of a connection's way from socket to sink and back, over loopback. The column that
// matters is the CPU time of the shard's thread: per request, or per MB. Client and shard share the
// machine.
#include <benchmark/benchmark.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/big_endian.hpp"
#include "io/asio/loop_thread.hpp"
#include "io/asio/tcp.hpp"
#include "io/asio/thread_pool.hpp"
#include "io/posix_disk.hpp"
#include "network/listeners.hpp"
#include "network/shard.hpp"

namespace {

using namespace tidemill;

constexpr std::size_t answer_size_bytes = 60;

class silent_log final : public network::connection_log {
 public:
  void write(level, std::string_view) noexcept override {}
};

// Answers 'f' with a range of the file, everything else with a few bytes.
class counting_sink final : public network::request_sink {
 public:
  void handle(network::request work, network::responder answer) override {
    network::response made;
    made.bytes.resize(answer_size_bytes);
    std::uint64_t ranged = 0;
    if (work.frame.front() == std::byte{'f'}) {
      ranged = range_bytes;
      made.slices.push_back({file, 0, ranged, answer_size_bytes});
    } else {
      produced += work.frame.size();
    }
    store_big_endian(made.bytes.data(), static_cast<std::int32_t>(answer_size_bytes - 4 + ranged));
    answer.send(std::move(made));
  }
  bool may_pipeline(bytes_view frame) const noexcept override {
    return frame.front() != std::byte{'f'};
  }
  void connection_closed(network::connection_info&) noexcept override {}

  std::shared_ptr<const io::file> file;
  std::uint64_t range_bytes = 0;
  std::atomic<std::uint64_t> produced = 0;
};

struct broker {
  broker() {
    auto acceptor = io::asio::listen(thread.loop(), {"127.0.0.1", 0}).value();
    port = acceptor->port();
    accepting.add("plain", std::move(acceptor));
    accepting.start();
    thread.start();
  }
  ~broker() {
    std::promise<void> stopped;
    thread.loop().post([&] {
      accepting.stop();
      shard.stop(std::chrono::milliseconds{0}, [&] { stopped.set_value(); });
    });
    stopped.get_future().get();
    thread.stop();
  }
  // CPU time of the shard's thread.
  double cpu_seconds() {
    std::promise<double> done;
    thread.loop().post([&] {
      timespec spent{};
      ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
      done.set_value(static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) * 1e-9);
    });
    return done.get_future().get();
  }

  io::asio::loop_thread thread{"shard-0"};
  io::asio::thread_pool pool{1};
  silent_log log;
  counting_sink sink;
  network::shard shard{{thread.loop(), pool, sink, log, network::limits{}, 0}};
  network::listeners accepting{{thread.loop(), log, 100'000, 100'000}, {&shard}};
  std::uint16_t port = 0;
};

int connected(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    std::abort();
  }
  return socket;
}

void send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t size = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size <= 0) {
      std::abort();
    }
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
}

std::string frames_of(char kind, std::size_t size, std::size_t count) {
  std::string one(4 + size, kind);
  store_big_endian(reinterpret_cast<std::byte*>(one.data()), static_cast<std::int32_t>(size));
  std::string all;
  for (std::size_t i = 0; i < count; ++i) {
    all += one;
  }
  return all;
}

// connections x outstanding requests of a size: each answer lets the next request out.
void requests(benchmark::State& state) {
  broker server;
  const auto connections = static_cast<std::size_t>(state.range(0));
  const auto outstanding = static_cast<std::size_t>(state.range(1));
  const auto size = static_cast<std::size_t>(state.range(2));
  const std::string frames = frames_of('p', size, outstanding);
  std::vector<pollfd> sockets;
  for (std::size_t i = 0; i < connections; ++i) {
    sockets.push_back({connected(server.port), POLLIN, 0});
    send_all(sockets.back().fd, frames);
  }
  std::vector<std::size_t> partial(connections);
  std::vector<char> answers(answer_size_bytes * outstanding);
  std::uint64_t count = 0;
  const double cpu_before = server.cpu_seconds();
  for (auto _ : state) {
    ::poll(sockets.data(), sockets.size(), -1);
    for (std::size_t i = 0; i < connections; ++i) {
      if ((sockets[i].revents & POLLIN) == 0) {
        continue;
      }
      const ssize_t received = ::recv(sockets[i].fd, answers.data(), answers.size(), 0);
      if (received <= 0) {
        std::abort();
      }
      partial[i] += static_cast<std::size_t>(received);
      const std::size_t whole = partial[i] / answer_size_bytes;
      partial[i] %= answer_size_bytes;
      count += whole;
      send_all(sockets[i].fd, std::string_view(frames).substr(0, whole * (4 + size)));
    }
  }
  const double cpu = server.cpu_seconds() - cpu_before;
  const double megabytes = static_cast<double>(count) * static_cast<double>(size + 4) * 1e-6;
  state.counters["requests/s"] =
      benchmark::Counter(static_cast<double>(count), benchmark::Counter::kIsRate);
  state.counters["cpu_us/request"] = cpu * 1e6 / static_cast<double>(count);
  state.counters["cpu_us/MB"] = cpu * 1e6 / megabytes;
  for (const pollfd& socket : sockets) {
    ::close(socket.fd);
  }
}

// Readers that always want more beside one producer with 16 requests of 16 KiB outstanding.
void produce_beside_fetches(benchmark::State& state) {
  broker server;
  char name[] = "/tmp/tidemill-bench-XXXXXX";
  const int made = ::mkstemp(name);
  ::close(made);
  auto file = io::make_posix_disk()->open(name, io::open_mode::create).value();
  ::unlink(name);
  server.sink.range_bytes = 4U << 20U;
  const std::string content(server.sink.range_bytes, 'x');
  if (!file->write_at(0, as_bytes(content))) {
    std::abort();
  }
  server.sink.file = std::move(file);
  std::atomic<bool> ended = false;
  std::atomic<std::uint64_t> fetched = 0;
  std::vector<std::jthread> readers;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    readers.emplace_back([&] {
      const int socket = connected(server.port);
      const std::string ask = frames_of('f', 20, 1);
      const std::size_t answer = answer_size_bytes + server.sink.range_bytes;
      std::size_t owed = answer;
      send_all(socket, ask);
      send_all(socket, ask);
      while (!ended) {
        // MSG_TRUNC throws the bytes away unread: the client costs as little as it can.
        const ssize_t size =
            ::recv(socket, nullptr, std::min<std::size_t>(owed, 1U << 20U), MSG_TRUNC);
        if (size <= 0) {
          std::abort();
        }
        fetched += static_cast<std::uint64_t>(size);
        owed -= static_cast<std::size_t>(size);
        if (owed == 0) {
          owed = answer;
          send_all(socket, ask);
        }
      }
      ::close(socket);
    });
  }
  const int producer = connected(server.port);
  constexpr std::size_t outstanding = 16;
  const std::string frames = frames_of('p', 16384, outstanding);
  send_all(producer, frames);
  std::vector<char> answers(answer_size_bytes * outstanding);
  std::uint64_t produced = 0;
  std::size_t partial = 0;
  fetched = 0;
  for (auto _ : state) {
    const ssize_t received = ::recv(producer, answers.data(), answers.size(), 0);
    if (received <= 0) {
      std::abort();
    }
    partial += static_cast<std::size_t>(received);
    const std::size_t whole = partial / answer_size_bytes;
    partial %= answer_size_bytes;
    produced += whole * 16384;
    send_all(producer, std::string_view(frames).substr(0, whole * 16388));
  }
  state.counters["produced_MB/s"] =
      benchmark::Counter(static_cast<double>(produced) * 1e-6, benchmark::Counter::kIsRate);
  state.counters["fetched_MB/s"] =
      benchmark::Counter(static_cast<double>(fetched) * 1e-6, benchmark::Counter::kIsRate);
  ended = true;
  ::close(producer);
}

BENCHMARK(requests)
    ->Args({100, 5, 200})
    ->Args({100, 1, 200})
    ->Args({1, 64, 200})
    ->Args({4, 8, 16384})
    ->Args({16, 4, 65536})
    ->ArgNames({"connections", "outstanding", "size"})
    ->MinTime(2)
    ->UseRealTime();
BENCHMARK(produce_beside_fetches)->Arg(0)->Arg(1)->Arg(4)->Arg(10)->MinTime(1)->UseRealTime();

}  // namespace
