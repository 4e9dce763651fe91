#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <mutex>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/big_endian.hpp"
#include "io/asio/loop_thread.hpp"
#include "io/asio/tcp.hpp"
#include "io/asio/thread_pool.hpp"
#include "io/posix_disk.hpp"
#include "network/listeners.hpp"
#include "network/shard.hpp"

namespace tidemill::network::test {

inline std::string framed(std::string_view content) {
  std::string bytes(4, '\0');
  store_big_endian(reinterpret_cast<std::byte*>(bytes.data()),
                   static_cast<std::int32_t>(content.size()));
  return bytes + std::string(content);
}

inline response response_of(std::string_view content, std::uint64_t range_bytes = 0) {
  response answer;
  const std::string bytes = framed(content);
  const bytes_view view = as_bytes(bytes);
  answer.bytes.assign(view.begin(), view.end());
  store_big_endian(answer.bytes.data(), static_cast<std::int32_t>(content.size() + range_bytes));
  return answer;
}

/// Does what the first byte of a frame says: e echo; p pipelined, answered later in random order;
/// h held until release(); n no response; c close; d dropped; m echo and mute for 50 ms;
/// f a range of a file of the size that follows as text.
class scripted_sink final : public request_sink {
 public:
  explicit scripted_sink(io::event_loop& loop) : loop_(loop) {}

  void handle(request work, responder answer) override {
    const std::string content(as_text(work.frame));
    switch (content.front()) {
      case 'p':
        later_.emplace_back(content, std::move(answer));
        in_work_max = std::max<std::size_t>(in_work_max, later_.size());
        if (!scheduled_) {
          scheduled_ = true;
          loop_.post([this] { answer_one(); });
        }
        return;
      case 'h':
        held_.emplace_back(content, std::move(answer));
        ++held;
        return;
      case 'n':
        return answer.send_nothing();
      case 'c':
        return answer.close("it asked\r\nfor it");
      case 'd':
        return;
      case 'm': {
        response muted = response_of(content);
        muted.mute = std::chrono::milliseconds{50};
        return answer.send(std::move(muted));
      }
      case 'f': {
        const auto size = std::stoull(content.substr(1));
        response ranged = response_of("f", size);
        ranged.slices.push_back({file, 0, size, ranged.bytes.size()});
        return answer.send(std::move(ranged));
      }
      default:
        return answer.send(response_of(content));
    }
  }
  bool may_pipeline(bytes_view frame) const noexcept override { return as_text(frame)[0] == 'p'; }
  void connection_closed(connection_info&) noexcept override { ++closed; }

  void release() {
    for (auto& [content, answer] : std::exchange(held_, {})) {
      answer.send(response_of(content));
    }
  }

  std::shared_ptr<const io::file> file;
  std::atomic<std::size_t> in_work_max = 0;
  std::atomic<int> held = 0;
  std::atomic<int> closed = 0;

 private:
  void answer_one() {
    scheduled_ = false;
    const std::size_t chosen = random_() % later_.size();
    auto [content, answer] = std::move(later_[chosen]);
    later_.erase(later_.begin() + static_cast<std::ptrdiff_t>(chosen));
    if (!later_.empty()) {
      scheduled_ = true;
      loop_.post([this] { answer_one(); });
    }
    answer.send(response_of(content));
  }

  io::event_loop& loop_;
  std::mt19937 random_{5};
  std::vector<std::pair<std::string, responder>> later_;
  std::vector<std::pair<std::string, responder>> held_;
  bool scheduled_ = false;
};

class collected_log final : public connection_log {
 public:
  void write(level, std::string_view line) noexcept override {
    const std::scoped_lock guard(mutex_);
    lines_.emplace_back(line);
  }
  std::string all() const {
    const std::scoped_lock guard(mutex_);
    std::string joined;
    for (const auto& line : lines_) {
      joined += line + "\n";
    }
    return joined;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

/// A broker of one listener whose shards answer with scripted sinks.
class loopback {
 public:
  /// Runs on the loop of a shard and waits for the end.
  template <class Work>
  auto run(Work work, std::size_t index = 0) {
    std::packaged_task<decltype(work())()> packaged(std::move(work));
    auto done = packaged.get_future();
    threads[index]->loop().post([&packaged] { packaged(); });
    return done.get();
  }

  explicit loopback(const limits& limit = {}, std::size_t shard_count = 1) {
    for (std::size_t i = 0; i < shard_count; ++i) {
      threads.push_back(std::make_unique<io::asio::loop_thread>("shard-" + std::to_string(i)));
      sinks.push_back(std::make_unique<scripted_sink>(threads[i]->loop()));
      shards.push_back(std::make_unique<shard>(
          shard_options{threads[i]->loop(), pool, *sinks[i], log, divided(limit, shard_count), i}));
    }
    std::vector<shard*> borrowed;
    for (const auto& each : shards) {
      borrowed.push_back(each.get());
    }
    accepting = std::make_unique<listeners>(
        listeners_options{threads[0]->loop(), log, limit.connections_max,
                          limit.connections_per_address_max, limit.connections_per_second_max},
        borrowed);
    auto acceptor = io::asio::listen(threads[0]->loop(), {"127.0.0.1", 0}).value();
    port = acceptor->port();
    accepting->add("plain", std::move(acceptor));
    accepting->start();
    for (const auto& thread : threads) {
      thread->start();
    }
  }
  ~loopback() {
    run([this] { accepting->stop(); });
    for (std::size_t i = 0; i < shards.size(); ++i) {
      stop_shard(i, std::chrono::milliseconds{0});
    }
    for (const auto& thread : threads) {
      thread->stop();
    }
    pool.stop();
    sinks.clear();
  }

  void stop_shard(std::size_t index, std::chrono::milliseconds grace) {
    if (std::exchange(stopped_[index], true)) {
      return;
    }
    std::promise<void> stopped;
    threads[index]->loop().post(
        [&] { shards[index]->stop(grace, [&stopped] { stopped.set_value(); }); });
    stopped.get_future().get();
  }

  counters seen(std::size_t index = 0) {
    return run([this, index] { return shards[index]->snapshot(); }, index);
  }

  std::vector<std::unique_ptr<io::asio::loop_thread>> threads;
  io::asio::thread_pool pool{1};
  collected_log log;
  std::vector<std::unique_ptr<scripted_sink>> sinks;
  std::vector<std::unique_ptr<shard>> shards;
  std::unique_ptr<listeners> accepting;
  std::uint16_t port = 0;

 private:
  std::array<bool, 16> stopped_{};
};

/// A blocking client.
class client {
 public:
  explicit client(std::uint16_t port, int receive_buffer = 0)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer > 0) {
      ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
    }
    const timeval timeout{.tv_sec = 20, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  }
  client(client&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)),
        connected_(other.connected_),
        unread_(std::move(other.unread_)) {}
  client(const client&) = delete;
  client& operator=(const client&) = delete;
  client& operator=(client&&) = delete;
  ~client() {
    if (socket_ >= 0) {
      ::close(socket_);
    }
  }

  bool is_connected() const { return connected_; }

  /// False when the peer has closed.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t size = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (size < 0) {
        return false;
      }
      bytes.remove_prefix(static_cast<std::size_t>(size));
    }
    return true;
  }
  /// Sends what the peer takes without waiting; returns how much that was.
  std::size_t send_some(std::string_view bytes) {
    const ssize_t size = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return size < 0 ? 0 : static_cast<std::size_t>(size);
  }
  /// Up to `size` bytes; fewer when the peer has closed.
  std::string receive(std::size_t size) {
    std::string bytes(size, '\0');
    std::size_t done = 0;
    while (done < size) {
      const ssize_t count = ::recv(socket_, bytes.data() + done, size - done, 0);
      if (count <= 0) {
        break;
      }
      done += static_cast<std::size_t>(count);
    }
    bytes.resize(done);
    return bytes;
  }
  /// The content of the next response, or "" when the connection has ended.
  std::string response() {
    const std::string prefix = receive(4);
    if (prefix.size() < 4) {
      return "";
    }
    return receive(static_cast<std::size_t>(
        load_big_endian<std::int32_t>(reinterpret_cast<const std::byte*>(prefix.data()))));
  }
  /// The size of the next response, whose bytes are thrown away by the kernel: costs little CPU.
  std::size_t skip_response() {
    const std::string prefix = receive(4);
    if (prefix.size() < 4) {
      return 0;
    }
    const auto size = static_cast<std::size_t>(
        load_big_endian<std::int32_t>(reinterpret_cast<const std::byte*>(prefix.data())));
    unread_.resize(1U << 20U);
    for (std::size_t left = size; left > 0;) {
      const ssize_t count =
          ::recv(socket_, unread_.data(), std::min(left, unread_.size()), MSG_TRUNC);
      if (count <= 0) {
        return 0;
      }
      left -= static_cast<std::size_t>(count);
    }
    return size;
  }
  bool is_closed_by_peer() {
    char byte = 0;
    return ::recv(socket_, &byte, 1, 0) <= 0;
  }

 private:
  int socket_;
  bool connected_ = false;
  std::vector<char> unread_;  // made by the first skip_response()
};

}  // namespace tidemill::network::test
