#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/ids.hpp"
#include "io/clock.hpp"
#include "quota/quota_lookup.hpp"
#include "quota/rate_gate.hpp"

namespace tidemill::quota {

/// The gates of all clients of a broker. Any thread; whoever keeps the gates that he was given
/// takes no lock for each request.
class quota_book {
 public:
  /// Gates that are remembered at most. Connections of clients beyond have each a gate of their
  /// own.
  static constexpr std::size_t gates_max = 50'000;

  /// The quotas in force as of an index of the metadata log; earlier ones are not taken.
  void change(std::shared_ptr<const metadata::client_quotas> quotas, log_index as_of);

  /// False: nobody is limited.
  [[nodiscard]] bool is_active() const noexcept {
    return is_active_.load(std::memory_order_relaxed);
  }
  /// Rises with each change: then gates are to be asked for again. From 1.
  [[nodiscard]] std::uint64_t version() const noexcept {
    return version_.load(std::memory_order_acquire);
  }
  /// Shared with the other connections of the client; nullptr: he is not limited.
  [[nodiscard]] std::shared_ptr<rate_gate> gate_of(kind what, std::string_view user,
                                                   std::string_view client, io::monotonic_time now);

  /// For metrics: answers whose clients had to wait, by what they had taken too much of.
  void count_throttled(kind why) noexcept {
    throttled_[static_cast<std::size_t>(why)].fetch_add(1, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t throttled(kind why) const noexcept {
    return throttled_[static_cast<std::size_t>(why)].load(std::memory_order_relaxed);
  }

 private:
  static constexpr std::size_t sweep_size_min = 1000;

  [[nodiscard]] bool has_room(io::monotonic_time now);

  std::atomic<bool> is_active_{false};
  std::atomic<std::uint64_t> version_{1};
  std::array<std::atomic<std::uint64_t>, kind_count> throttled_{};

  std::mutex mutex_;  // guards what follows
  log_index as_of_{0};
  std::shared_ptr<const metadata::client_quotas> quotas_;
  struct shared_gate {
    std::shared_ptr<rate_gate> gate;
    std::uint64_t generation = 0;
  };
  std::unordered_map<std::string, shared_gate> gates_;
  io::monotonic_time swept_at_{};
  std::size_t sweep_size_ = sweep_size_min;
};

}  // namespace tidemill::quota
