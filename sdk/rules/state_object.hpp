#pragma once

#include <lua.h>

namespace tidemill::rules {

/// Puts `state` into the table on top of the stack: tidemill.state{ entries = 1000 } makes a memory
/// of a rule, one for each shard, that ends with the rule set:
///   :get(key)         what was set, or nil
///   :set(key, value)  a number, a text or a boolean; nil takes it out
///   :add(key, n)      adds to a number, which begins at 0; gives the sum
///   :size()
void add_state_object(lua_State* state);

}  // namespace tidemill::rules
