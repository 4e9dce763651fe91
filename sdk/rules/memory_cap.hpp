#pragma once

#include <cstddef>

namespace tidemill::rules {

/// What one interpreter may have.
struct memory_limits {
  /// All of it together.
  std::size_t total_bytes_max = std::size_t{4} << 20;
  /// One string, one table's array: a doubling ends here, and what the library functions walk
  /// through between two looks at the clock.
  std::size_t single_bytes_max = std::size_t{256} << 10;
};

/// Counts and bounds the memory of one interpreter; its lua_Alloc. One thread.
class memory_cap {
 public:
  explicit memory_cap(const memory_limits& limits) noexcept : limits_(limits) {}
  memory_cap(const memory_cap&) = delete;
  memory_cap& operator=(const memory_cap&) = delete;

  /// For lua_newstate, with the memory_cap as its user data. Answers NULL to what is beyond the
  /// limits, which Lua makes an error of, after a collection that may make room.
  static void* allocate(void* self, void* block, std::size_t old_size, std::size_t size) noexcept;

  /// Refuses everything larger than a few cells, so that a script that is out of time cannot go on
  /// filling memory between two instructions.
  void refuse_growth(bool refuses) noexcept { refuses_growth_ = refuses; }

  [[nodiscard]] std::size_t used_bytes() const noexcept { return used_bytes_; }
  [[nodiscard]] const memory_limits& limits() const noexcept { return limits_; }

 private:
  memory_limits limits_;
  std::size_t used_bytes_ = 0;
  bool refuses_growth_ = false;
};

}  // namespace tidemill::rules
