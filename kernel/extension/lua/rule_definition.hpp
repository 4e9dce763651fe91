#pragma once

#include <lua.h>

#include <array>
#include <cstdint>

namespace tidemill::extension::lua {

enum class rule_kind : std::uint8_t { partitioner, retention, validate };
/// "partitioner", "retention", "validate"
[[nodiscard]] const char* name_of(rule_kind which) noexcept;

/// What a file says of its rule besides the function.
struct rule_facts {
  rule_kind kind = rule_kind::partitioner;
  /// TIDEMILL_KEYS ...
  std::uint32_t columns = 0;
  /// A partitioner that wants to see records without a key, too.
  bool takes_null_keys = false;
  /// validate: what happens to a batch when the rule fails.
  bool passes_on_error = false;
  /// One line for people, NUL-terminated; may be empty.
  std::array<char, 160> description{};
};

/// Puts `partitioner`, `retention` and `validate` into the table on top of the stack: functions
/// that take a table, check every field of it, and keep it as the rule of this state.
void add_rule_kinds(lua_State* state);

/// Whether the value at `index`, which the file has returned, is a rule that one of them has made.
[[nodiscard]] bool is_rule(lua_State* state, int index) noexcept;
/// Of the rule that was kept. Called protected.
[[nodiscard]] rule_facts read_facts(lua_State* state);
/// Pushes its function. Called protected.
void push_rule_function(lua_State* state);

}  // namespace tidemill::extension::lua
