#pragma once

#include <deque>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "base/big_endian.hpp"
#include "io/timer_queue.hpp"
#include "network/shard.hpp"
#include "tests/unit/network/fake_stream.hpp"

namespace tidemill::network::test {

inline constexpr std::uint64_t range_bytes = 8U << 20U;

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
    *is_open = false;
  }
  std::string peer() const override { return "fake:1"; }
  std::string peer_address() const override { return "fake"; }

  /// Outlives the stream.
  std::shared_ptr<bool> is_open = std::make_shared<bool>(true);

 private:
  std::string input_;
  std::uint64_t& taken_;
  std::string repeated_;
  bool has_room_ = true;
  bool is_reset_ = false;
  unique_function<void()> readable_;
  unique_function<void()> writable_;
};

inline constexpr std::uint64_t short_answer_bytes = 60;
inline constexpr std::uint64_t long_answer_bytes = 100'000;

class ranged_sink final : public request_sink {
 public:
  // 'p' is answered in short, 's' too but after some work, 'm' at length, 'h' when the test says
  // so, 'w' the same way, but held as one that waits, anything else with a range of a file.
  void handle(request work, responder answer) override {
    const char kind = as_text(work.frame).front();
    if (kind == 'h') {
      waiting = std::move(answer);
      return;
    }
    if (kind == 's') {
      ++slow_requests;
      work_takes();
    }
    if (kind == 'w') {
      answer.waits();
      waiting = std::move(answer);
      return;
    }
    if (kind == 'p' || kind == 'm' || kind == 's') {
      long_answers += kind == 'm' ? 1 : 0;
      response plain;
      plain.bytes.resize(kind == 'm' ? long_answer_bytes : short_answer_bytes);
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
  std::uint64_t slow_requests = 0;
  /// What a slow request does while it is worked on.
  std::function<void()> work_takes = [] {};
  std::shared_ptr<fake_file> file = std::make_shared<fake_file>(std::string(range_bytes, 'x'));
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

  explicit storm(std::size_t readers = 10, const limits& with = {}) : limit(with), taken(readers) {
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

}  // namespace tidemill::network::test
