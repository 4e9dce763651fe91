#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "io/event_loop.hpp"
#include "io/stream.hpp"
#include "network/connection_log.hpp"
#include "network/counters.hpp"
#include "network/deadline_wheel.hpp"
#include "network/frame_reader.hpp"
#include "network/held_memory.hpp"
#include "network/limits.hpp"
#include "network/memory_budget.hpp"
#include "network/request_sink.hpp"
#include "network/response_queue.hpp"
#include "network/response_writer.hpp"
#include "network/slab_pool.hpp"

namespace tidemill::network {

class connection;

/// What all connections of a shard share, and what they ask of it. Loop thread only; outlives every
/// responder of its connections.
class connection_host {
 public:
  connection_host(io::event_loop& on, io::blocking_pool& blocking, request_sink& requests,
                  const limits& bounds)
      : loop(on),
        pool(blocking),
        sink(requests),
        limit(bounds),
        budget(bounds.work_memory_bytes_max, bounds.partial_memory_bytes_max),
        held(bounds.held_memory_bytes_max),
        common(bounds.partial_memory_bytes_max),
        slabs(slab_count_max),
        copies(std::make_unique<response_writer::scratch>()) {}
  virtual ~connection_host() = default;

  /// Calls connection::turn() soon, once.
  virtual void want_turn(connection& waiting) = 0;
  /// True when a connection that has just got its request may send bulk without waiting for a turn:
  /// once a round, and only while nobody waits for one.
  [[nodiscard]] virtual bool take_free_turn() = 0;
  /// A request came whose answer is short: bulk is sent in short turns for a while.
  virtual void saw_short_work() noexcept = 0;
  /// File bytes that a connection may send in a turn now.
  [[nodiscard]] virtual std::size_t turn_bytes() const noexcept = 0;
  /// Calls connection::check() at about `deadline` instead of what was asked for before.
  virtual void watch(connection& watched, io::monotonic_time deadline) noexcept = 0;
  /// Memory was given back: queued connections may read again.
  virtual void memory_freed() = 0;
  /// Too much is held: closes those that have stood still longest.
  virtual void end_holders() = 0;
  /// The connection has closed; forgets it. It lives on until its last responder is gone.
  virtual void closed(connection& ended, close_reason reason, std::string_view detail) = 0;
  static constexpr std::size_t slab_count_max = 64;

  /// What was worked out since the round began is enough: the rest waits for its turn.
  [[nodiscard]] bool is_round_spent() const noexcept {
    return round_cost_bytes >= limit.round_bytes_max;
  }

  io::event_loop& loop;
  io::blocking_pool& pool;
  request_sink& sink;
  limits limit;
  counters counted;
  std::uint64_t round_cost_bytes = 0;  ///< answers made in this round: limits::request_cost_bytes
  memory_budget budget;
  held_memory held;
  held_memory common;  ///< charged to the budget and waiting for the peer
  slab_pool slabs;
  std::unique_ptr<response_writer::scratch> copies;
  io::monotonic_time now;  ///< as of the last tick: good for deadlines of seconds
};

/// One connection: reads frames, hands them to the sink in order, writes the responses in order,
/// and closes itself when the peer breaks a rule or a limit. Always held by a shared_ptr: the host
/// holds it while it is open, each responder until it is used. Loop thread only.
class connection final : public response_channel,
                         public deadline_hook,
                         public std::enable_shared_from_this<connection> {
 public:
  connection(connection_host& host, std::unique_ptr<io::stream> stream, connection_info info);
  ~connection() override;

  /// Begins to read. Once.
  void start();
  /// Hands over what waits, writes what is ready.
  void turn();
  /// The budget has room again.
  void memory_available();
  /// A deadline has come.
  void check();
  /// Takes no more requests and closes when those in work are answered.
  void drain();
  /// Since when its peer has not come on while it holds memory of half-read frames.
  [[nodiscard]] io::monotonic_time stands_still_since() const noexcept { return common_at_; }
  /// Closes it because it stands still and others wait for the memory.
  void end_contention();
  /// Closes at once. Harmless when closed.
  void close(close_reason reason, std::string_view detail);

  void send(std::uint64_t ticket, response&& answer) override;
  void send_nothing(std::uint64_t ticket, std::chrono::milliseconds span) override;
  void close(std::uint64_t ticket, std::string_view reason) override;
  void waits(std::uint64_t ticket) override;

  [[nodiscard]] connection_info& info() noexcept { return info_; }

 private:
  friend class shard;

  void on_readable();
  void on_writable();
  void read();
  void dispatch();
  [[nodiscard]] bool may_take_request() const noexcept;
  [[nodiscard]] bool take_frame();
  void hand_over(bool pipelined);
  [[nodiscard]] std::uint64_t hand_over_alone();
  void complete(std::uint64_t ticket, response_queue::state progress, response&& answer);
  void mute(std::chrono::milliseconds span);
  bool flush(std::size_t bytes_max);
  [[nodiscard]] bool is_brief() noexcept;
  void read_ahead();
  void go_on();
  [[nodiscard]] bool has_waiting_request() const noexcept {
    return frame_.has_value() || reader_.has_input();
  }
  [[nodiscard]] bool needs_progress() const noexcept {
    return (is_reading_ && reader_.is_inside_frame()) || is_writing_ || waits_for_memory_;
  }
  void watch_progress() noexcept;
  void count_common() noexcept;
  [[nodiscard]] bool has_progressed() const noexcept;
  void check_stalled();
  void account_held();
  void count_held(bool has_come_on) noexcept;
  /// Grows with each request that is handed over and each answer that leaves.
  [[nodiscard]] std::uint64_t steps_done() const noexcept {
    return 2 * frames_ - queue_.size() + write_waits_;
  }

  connection_host& host_;
  std::unique_ptr<io::stream> stream_;
  frame_reader reader_;
  std::optional<frame> frame_;  // whole, and not yet allowed into work
  response_queue queue_;
  response_writer writer_;
  connection_info info_;
  held_memory::holder held_;
  held_memory::holder common_;
  std::uint64_t held_steps_ = 0;
  std::uint64_t common_steps_ = 0;
  io::monotonic_time common_at_;  // the last step of it
  io::event_loop::timer_id mute_timer_ = io::event_loop::no_timer;

  bool is_open_ = true;
  bool is_reading_ = false;  // waits for the stream to be readable
  bool is_writing_ = false;  // waits for the stream to be writable
  bool is_reading_ahead_ = false;
  bool is_dispatching_ = false;
  bool is_draining_ = false;
  bool is_muted_ = false;
  bool waits_for_memory_ = false;
  bool has_turn_ = false;  // written by the host: a turn is on its way
  bool is_watched_ = false;

  io::monotonic_time active_at_;
  // What check() compares with.
  io::monotonic_time watched_at_;
  io::monotonic_time memory_wait_began_;
  std::uint64_t frames_ = 0;
  std::uint64_t write_waits_ = 0;
  std::uint64_t watched_frames_ = 0;
  std::uint64_t watched_write_waits_ = 0;
  std::size_t watched_received_ = 0;
};

}  // namespace tidemill::network
