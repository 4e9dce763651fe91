#pragma once

#include <lua.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "memory_cap.hpp"
#include "tidemill/rules/rule.hpp"

namespace tidemill::rules {

/// One Lua state that scripts cannot get out of: built from nothing, with no library opened (see
/// sandbox.hpp for what is put in), memory that is counted and bounded, and a deadline that a look
/// at the clock every few hundred instructions enforces. Once the deadline has passed, every
/// further instruction fails until the call has ended.
///
/// Functions that are called from Lua must leave nothing to be destroyed when they raise an error:
/// Lua is C, and jumps. One thread at a time.
class interpreter {
 public:
  /// nullptr when there is no memory for it.
  [[nodiscard]] static std::unique_ptr<interpreter> make(const memory_limits& limits = {});
  ~interpreter();
  interpreter(const interpreter&) = delete;
  interpreter& operator=(const interpreter&) = delete;

  /// The interpreter that a function called from Lua runs in.
  [[nodiscard]] static interpreter& of(lua_State* state) noexcept;
  [[nodiscard]] lua_State* raw() const noexcept { return state_; }

  /// Compiles source text (never bytecode) and leaves the function on the stack. `name` is what
  /// messages call it.
  [[nodiscard]] std::optional<fault> load_source(std::string_view source, const std::string& name);
  /// The function on top of the stack as bytecode; nullopt when there is no memory.
  [[nodiscard]] std::optional<std::vector<std::byte>> dump() const;
  /// Loads what dump() of another interpreter of this process has given; never anything else.
  [[nodiscard]] std::optional<fault> load_dumped(std::span<const std::byte> code,
                                                 const std::string& name);

  /// Calls what lies below `argument_count` arguments, for at most `budget` of this thread's
  /// processor time; leaves `result_count` results, or nothing.
  [[nodiscard]] std::optional<fault> call(int argument_count, int result_count,
                                          std::chrono::nanoseconds budget);
  /// Runs `work(state, context)` as a function of C, protected and with a deadline as above: for
  /// work of the host that touches Lua and may run out of memory.
  [[nodiscard]] std::optional<fault> run(lua_CFunction work, void* context,
                                         std::chrono::nanoseconds budget);

  /// The call that runs has got so far, and may go on for so much longer.
  void extend(std::chrono::nanoseconds more) noexcept { budget_ += more; }

  /// For functions that are called from Lua and work for longer than a few microseconds: raises the
  /// error of the deadline when it has passed.
  void check_deadline();
  /// The same, for a function that goes through a text once: a look only at a long one.
  void check_deadline_for(std::size_t text_size) {
    constexpr std::size_t long_text = 4096;
    if (text_size >= long_text) {
      check_deadline();
    }
  }

  /// Frees what the calls before have left; in steps, so that no call of it takes long.
  void collect_some() noexcept;
  /// Within a call: collects when garbage has piled up.
  void collect_when_full() noexcept;

  [[nodiscard]] std::size_t used_bytes() const noexcept { return memory_.used_bytes(); }

  /// What the functions that the host puts into the state work with; borrowed. See record_object.
  void set_host_data(void* data) noexcept { host_data_ = data; }
  [[nodiscard]] void* host_data() const noexcept { return host_data_; }

 private:
  explicit interpreter(const memory_limits& limits) noexcept : memory_(limits) {}
  static void hook(lua_State* state, lua_Debug* event);
  static void* allocate(void* self, void* block, std::size_t old_size, std::size_t size) noexcept;
  void begin(std::chrono::nanoseconds budget) noexcept;
  void end() noexcept;
  [[nodiscard]] bool has_expired() noexcept;
  [[nodiscard]] fault take_fault(int status);

  memory_cap memory_;
  lua_State* state_ = nullptr;
  void* host_data_ = nullptr;
  bool is_running_ = false;
  bool is_expired_ = false;
  std::chrono::nanoseconds budget_{};
  std::chrono::nanoseconds spent_before_{};
  std::chrono::steady_clock::time_point next_look_{};
  std::size_t used_after_collection_ = 0;
};

}  // namespace tidemill::rules
