#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "io/clock.hpp"
#include "io/crash_note.hpp"

namespace tidemill::extension {

/// A call of a plugin that has not returned for long.
struct hanging_call {
  std::string plugin;
  std::string version;
  /// Empty where the plugin itself was called.
  std::string instance;
  /// "create"
  std::string function;
  /// Since it was first seen.
  std::chrono::nanoseconds lasts{0};
  /// Of the thread: io::use_crash_stack().
  const void* owner = nullptr;
};

/// Tells calls that hang from those that are made again and again: a thread that is in the same
/// call at each look. Pure: time and threads come in. One thread.
class hang_watch {
 public:
  explicit hang_watch(std::chrono::nanoseconds hang_after) noexcept : hang_after_(hang_after) {}

  struct findings {
    std::vector<hanging_call> hanging;
    /// Those of them that did not at the look before.
    std::vector<hanging_call> begun;
    /// Those that did, and have returned.
    std::vector<hanging_call> ended;
  };
  /// `hang_after` is missed by the time between two looks at most.
  [[nodiscard]] findings look(io::monotonic_time now,
                              const std::vector<io::call_in_progress>& calls);

 private:
  struct seen {
    std::uint64_t turn = 0;
    io::monotonic_time since{};
    bool is_told = false;
    hanging_call call;
  };

  std::chrono::nanoseconds hang_after_;
  /// By thread.
  std::map<std::uint64_t, seen> seen_;
};

}  // namespace tidemill::extension
