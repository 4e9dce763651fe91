#pragma once

#include <lua.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tidemill::rules {

/// The words that a rule may answer with, besides the number of a partition.
enum class decision : std::uint8_t {
  none,  ///< nil, or no answer at all
  any,   ///< every partition is right
  keep,
  remove,  ///< `delete`
  reject,  ///< with a reason, which reject() has left in reason()
  unknown  ///< anything else
};

/// Puts `any`, `keep`, `delete` and `reject` into the table on top of the stack.
void add_decisions(lua_State* state);
/// What the value at `index` decides.
[[nodiscard]] decision decision_at(lua_State* state, int index) noexcept;

/// The reason of the last reject(); longer ones are cut. A member of the interpreter's host data.
class rejection_reason {
 public:
  void set(std::string_view text) noexcept;
  [[nodiscard]] std::string_view text() const noexcept { return {text_.data(), size_}; }

 private:
  std::array<char, 256> text_{};
  std::size_t size_ = 0;
};

}  // namespace tidemill::rules
