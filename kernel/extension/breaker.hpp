#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "io/clock.hpp"

namespace tidemill::extension {

/// How much may go wrong before a plugin is left alone.
struct breaker_rules {
  /// Faults that are let pass: so many at once, so many more in a second, and so many of a hundred
  /// calls.
  double faults_at_once = 20;
  double faults_per_second = 20;
  double faults_per_call = 0.01;
  /// From its opening, or from a failed probe, to the next probe.
  std::chrono::milliseconds probe_after = std::chrono::seconds(10);
};

/// Decides whether a plugin is called. Each fault takes a token out of a bucket that time and calls
/// fill; when none is left the breaker opens, and calls are spared. After a while one call is let
/// through as a probe: when it goes well the breaker closes, else it stays open for as long again.
/// Pure: time comes in. One for each instance, kind and shard; one thread.
class breaker {
 public:
  enum class state : std::uint8_t { closed, open, probing };

  explicit breaker(const breaker_rules& rules) noexcept
      : rules_(rules), tokens_(rules.faults_at_once) {}

  /// Whether to make the call. When true, succeeded() or failed() follows before the next question.
  [[nodiscard]] bool admits(io::monotonic_time now) noexcept;
  void succeeded() noexcept {
    if (state_ == state::closed) {
      return fill(rules_.faults_per_call);
    }
    reset();
  }
  /// `took`: of what has passed, the time that the call itself took. It earns nothing, or a plugin
  /// that is slow enough could go on for ever.
  void failed(io::monotonic_time now, std::chrono::nanoseconds took = {}) noexcept;
  /// The plugin itself says that calling it again now is of no use: it opens at once.
  void gave_up(io::monotonic_time now) noexcept { open(now); }
  /// As new, for another instance.
  void reset() noexcept;

  [[nodiscard]] state where() const noexcept { return state_; }
  [[nodiscard]] bool is_closed() const noexcept { return state_ == state::closed; }
  /// Times that it has opened.
  [[nodiscard]] std::uint64_t openings() const noexcept { return openings_; }

 private:
  void fill(double more) noexcept { tokens_ = std::min(rules_.faults_at_once, tokens_ + more); }
  void open(io::monotonic_time now) noexcept;

  breaker_rules rules_;
  double tokens_;
  state state_ = state::closed;
  io::monotonic_time filled_at_{};
  io::monotonic_time opened_at_{};
  std::uint64_t openings_ = 0;
};

}  // namespace tidemill::extension
