#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/unique_function.hpp"
#include "network/connection.hpp"
#include "network/log_gate.hpp"

namespace tidemill::network {

struct shard_options {
  io::event_loop& loop;
  io::blocking_pool& pool;  ///< for file ranges that are not in the page cache
  request_sink& sink;
  connection_log& log;
  limits limit;  ///< of this shard: see divided()
  std::size_t index = 0;
};

/// The connections of one shard and their turns. Everything on the loop's thread; built before the
/// loop runs, stopped on it, destroyed after it has ended and the sink has let go of its
/// responders.
class shard final : private connection_host {
 public:
  using address_callback = unique_function<void(const std::string& peer_address)>;

  explicit shard(const shard_options& options);
  ~shard() override;
  shard(const shard&) = delete;
  shard& operator=(const shard&) = delete;

  /// Takes a connection that was accepted for this loop.
  void adopt(std::unique_ptr<io::stream> stream, std::string_view listener);

  /// Takes no more requests, has those that wait answered now (request_sink::stop_waiting), closes
  /// each connection when its requests are answered, all of them after `grace`; then calls back.
  /// Once.
  void stop(std::chrono::milliseconds grace, unique_function<void()> stopped);

  /// Changes limits::request_size_bytes_max for connections to come, and limits::idle_max for all
  /// from their next deadline on.
  void change_limits(std::size_t request_size_bytes_max,
                     std::chrono::milliseconds idle_max) noexcept {
    limit.request_size_bytes_max = request_size_bytes_max;
    limit.idle_max = idle_max;
  }

  /// What this shard has seen, with the figures of now.
  [[nodiscard]] counters snapshot() const noexcept;

  [[nodiscard]] io::event_loop& loop() const noexcept { return connection_host::loop; }
  [[nodiscard]] std::size_t index() const noexcept { return index_; }

  /// Called for each connection that ends. Set before the loop runs.
  void on_closed(address_callback callback) { on_closed_ = std::move(callback); }

 private:
  /// How many rounds bulk stays in short turns after a request with a short answer.
  static constexpr std::uint64_t short_work_rounds = 16;

  /// How many connections that wait for their turn are passed over before one of them is closed.
  static constexpr std::size_t spared_max = 64;

  void want_turn(connection& waiting) override;
  [[nodiscard]] bool take_free_turn() override;
  void saw_short_work() noexcept override { short_work_round_ = round_; }
  [[nodiscard]] std::size_t turn_bytes() const noexcept override;
  void watch(connection& watched, io::monotonic_time deadline) noexcept override;
  void memory_freed() override;
  void end_holders() override;
  void closed(connection& ended, close_reason reason, std::string_view detail) override;

  void post_turns();
  void run_turns();
  void run_lane(std::vector<std::shared_ptr<connection>>& lane, std::uint64_t bytes_max);
  void wake_waiters();
  void end_contention();
  void keep_ticking();
  void tick();
  void finish_stop();
  void report(connection& ended, close_reason reason, std::string_view detail);

  connection_log& log_;
  log_gate gate_;
  std::size_t index_;
  std::uint64_t last_id_;
  std::unordered_map<std::uint64_t, std::shared_ptr<connection>> connections_;
  // Shared: a connection that closes while it waits for its turn is looked at once more.
  std::vector<std::shared_ptr<connection>> brief_turns_;  // see limits::brief_turn_bytes_max
  std::vector<std::shared_ptr<connection>> turns_;
  std::vector<std::shared_ptr<connection>> running_;
  bool turns_posted_ = false;
  std::uint64_t round_ = short_work_rounds;  // rounds that have begun
  std::uint64_t short_work_round_ = 0;       // the last in which a short answer was asked for
  bool wake_posted_ = false;
  bool is_ticking_ = false;
  bool is_stopping_ = false;
  std::chrono::nanoseconds tick_length_;
  deadline_wheel wheel_;
  io::event_loop::timer_id tick_timer_ = io::event_loop::no_timer;
  io::event_loop::timer_id stop_timer_ = io::event_loop::no_timer;
  unique_function<void()> stopped_;
  address_callback on_closed_;
};

}  // namespace tidemill::network
