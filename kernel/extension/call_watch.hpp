#pragma once

#include <cstdint>

namespace tidemill::extension {

/// Decides which calls are timed. Two looks at the clock cost as much as the plugin's work on a few
/// records, so that small calls take turns: one in small_calls_per_look stands for those before it.
/// A plugin that has just come, or that was late, has every call looked at for a while, so that
/// lateness that returns is counted as if all calls were timed. Pure. One for each instance, kind
/// and shard; one thread.
class call_watch {
 public:
  /// Calls of at least so many records are always timed.
  static constexpr std::uint32_t large_call_records = 16;
  static constexpr std::uint32_t small_calls_per_look = 16;
  /// Calls that are all timed after give_to() and after one that was late.
  static constexpr std::uint32_t calls_watched = 256;

  /// Whether to time the next call; if so timed() follows. 0 records: a call that is not about
  /// records and always timed.
  [[nodiscard]] bool wants(std::uint32_t record_count) noexcept {
    if (!is_small(record_count) || watched_left_ > 0 || untimed_ + 1 >= small_calls_per_look) {
      return true;
    }
    ++untimed_;
    return false;
  }
  /// For how many calls the measured one stands, itself included.
  [[nodiscard]] std::uint32_t timed(std::uint32_t record_count, bool is_late) noexcept {
    if (is_late) {
      watched_left_ = calls_watched;
    } else if (watched_left_ > 0) {
      --watched_left_;
    }
    if (!is_small(record_count)) {
      return 1;
    }
    const std::uint32_t stands_for = untimed_ + 1;
    untimed_ = 0;
    return stands_for;
  }

 private:
  [[nodiscard]] static bool is_small(std::uint32_t record_count) noexcept {
    return record_count != 0 && record_count < large_call_records;
  }

  std::uint32_t untimed_ = 0;
  std::uint32_t watched_left_ = calls_watched;
};

}  // namespace tidemill::extension
