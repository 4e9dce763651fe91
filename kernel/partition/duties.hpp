#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <vector>

#include "base/unique_function.hpp"
#include "partition/shard_context.hpp"

namespace tidemill::partition {

class host_body;

/// What has to be done now and then for the open partitions of a shard: flush, checkpoints,
/// retention, expiry of producers. Timers start a round; a round visits a bounded number of
/// partitions, lets the loop do other work, and goes on. Partitions without unsynced data are not
/// visited by the frequent rounds. Shard thread only.
class duties {
 public:
  explicit duties(host_body& host) noexcept : host_(host) {}
  duties(const duties&) = delete;
  duties& operator=(const duties&) = delete;

  void start();
  void stop() noexcept;

 private:
  enum class round : std::uint8_t { maintenance, checkpoints, retention, producers };
  static constexpr std::size_t round_count = 4;
  using visitor = void (duties::*)(partition&);

  void schedule(round which);
  void run(round which);
  [[nodiscard]] std::chrono::milliseconds interval(round which) const noexcept;
  void visit_in_slices(round which, std::shared_ptr<std::vector<partition_key>> keys,
                       std::size_t begin, visitor visit);

  void look_at_rolled();
  [[nodiscard]] bool expires_soon(const partition& where) const noexcept;
  void maintain(partition& where);
  void start_flush(partition& where);
  void run_flush(partition& where);
  void run_waiting_flush();
  void flush_ended(partition& where, const result<void>& outcome, offset durable_end);
  void set_checkpoints(const partition& where, offset recovery_point);
  void write_checkpoints();
  void retain(partition& where);
  void ask_extension(partition& where);
  void pose_question(partition& where, progress_source::answer groups);
  void remove_expired(partition& where, log::retention_policy& decides);
  void checkpoint_start(const partition& where, log::deletion_job& deletion);
  void open_cold_logs();
  void expire_producers(partition& where);

  host_body& host_;
  std::size_t flushes_ = 0;
  /// Handles of partitions whose flush waits for one of those to end.
  std::deque<std::shared_ptr<partition*>> waiting_flushes_;
  std::array<io::event_loop::timer_id, round_count> timers_{};
};

}  // namespace tidemill::partition
