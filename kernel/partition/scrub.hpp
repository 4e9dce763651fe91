#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "io/event_loop.hpp"
#include "log/segment_scrub.hpp"
#include "partition/shard_context.hpp"

namespace tidemill::partition {

class host_body;

/// Reads the open logs of a shard in the background, slowly, and checks every batch: damage below
/// the recovery point, which nobody would notice before a client does, stops that partition
/// (host_body::condemn()). Fetches send bytes of files that nobody looks at, so this is the only
/// one who looks. One step at a time on the pool, paced so that no more than the configured bytes
/// are read in a second; between two passes nothing runs at all. What a read complains about is
/// looked through at once, whatever the pace. Shard thread only.
class scrub {
 public:
  explicit scrub(host_body& host) noexcept : host_(host) {}
  scrub(const scrub&) = delete;
  scrub& operator=(const scrub&) = delete;

  void start();
  void stop() noexcept;

  [[nodiscard]] std::uint64_t scrubbed_bytes() const noexcept { return scrubbed_bytes_; }
  [[nodiscard]] std::uint64_t passes() const noexcept { return passes_; }

 private:
  /// Where the pass is. The segment is found again by its base offset, for segments come and go.
  struct place {
    partition_key key;
    std::optional<offset> segment;
    std::uint64_t position = 0;
    offset lowest{0};
    /// A read has complained: the whole segment in one go, and no other.
    bool urgent = false;
    /// Damage was found here; the second time it is believed.
    bool confirming = false;
    /// log::replacements() when the position was right.
    std::uint32_t replacements = 0;
  };

  [[nodiscard]] bool is_on() const noexcept;
  void schedule(std::chrono::nanoseconds after);
  void begin_pass();
  void turn();
  [[nodiscard]] std::optional<log::scrub_order> order_for(place& where);
  bool restart_if_replaced(place& where, const log::log& of) noexcept;
  void submit(const place& where, log::scrub_order order);
  void stepped(place where, const result<log::scrub_outcome>& outcome);
  void next_partition();

  host_body& host_;
  io::event_loop::timer_id timer_ = io::event_loop::no_timer;
  io::monotonic_time pass_begun_{};
  std::vector<partition_key> left_;
  std::optional<place> at_;
  std::deque<place> urgent_;
  bool running_ = false;
  std::uint64_t scrubbed_bytes_ = 0;
  std::uint64_t passes_ = 0;
};

}  // namespace tidemill::partition
