#pragma once

#include <lua.h>

namespace tidemill::rules {

/// Replaces the table on top of the stack by one that reads like it and refuses to be changed. A
/// field that it does not have is an error that names `name` and the nearest field there is. The
/// table itself stays out of reach of scripts. For code of the host that fills a state.
void lock_table(lua_State* state, const char* name);

/// The error for a field that `object` does not have: "rec has no field 'valeu'; did you mean
/// 'value'?". The names are those of `fields`, which ends with nullptr. Raises.
[[noreturn]] void no_such_field(lua_State* state, const char* object, const char* found,
                                const char* const* fields);

}  // namespace tidemill::rules
