#pragma once

#include <lua.h>

namespace tidemill::rules {

/// Fills an empty state with all that a rule may use, and no more: the locked table of globals of
/// every chunk that is loaded afterwards. Nothing is taken from luaL_openlibs: a rule has no
/// way to files, processes, modules, other code, metatables, coroutines, finalizers, protected
/// calls, patterns, addresses of objects, time or chance. What is there gives the same answer to
/// the same input on every shard.
///
///   assert error ipairs pairs select tonumber tostring type       pairs goes in order of the keys
///   math string table utf8                                        without what may take long
///   starts ends contains glob re                                  text
///   any keep delete reject                                        decisions
///   seconds minutes hours days kib mib gib                        sizes and times
///   tidemill                                                      hash, state, the kinds of rule
///
/// Called protected (interpreter::run): raises when memory ends.
void open_sandbox(lua_State* state);

// The parts, each of which leaves its functions in the table on top of the stack.
void add_basic_functions(lua_State* state);
void add_math(lua_State* state);
void add_strings(lua_State* state);
void add_tables(lua_State* state);
void add_utf8(lua_State* state);
void add_text_functions(lua_State* state);
void add_units(lua_State* state);
void add_hashes(lua_State* state);

}  // namespace tidemill::rules
