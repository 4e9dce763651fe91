#pragma once

#include <lua.h>

#include "tidemill/rules/rule.hpp"

namespace tidemill::rules {

/// Puts `partitioner`, `retention` and `validate` into the table on top of the stack: functions
/// that take a table, check every field of it, and keep it as the rule of this state.
void add_rule_kinds(lua_State* state);

/// Whether the value at `index`, which the file has returned, is a rule that one of them has made.
[[nodiscard]] bool is_rule(lua_State* state, int index) noexcept;
/// Of the rule that was kept. Called protected.
[[nodiscard]] rule_facts read_facts(lua_State* state);
/// Pushes its function. Called protected.
void push_rule_function(lua_State* state);

}  // namespace tidemill::rules
