#include "sandbox.hpp"

#include <lua.hpp>

#include "decisions.hpp"
#include "locked_table.hpp"
#include "rule_definition.hpp"
#include "rule_slot.hpp"
#include "state_object.hpp"

namespace tidemill::rules {

void open_sandbox(lua_State* state) {
  luaL_checkstack(state, 10, nullptr);
  make_record_objects(state);
  make_log_objects(state);
  lua_createtable(state, 0, 40);
  add_basic_functions(state);
  add_math(state);
  add_strings(state);
  add_tables(state);
  add_utf8(state);
  add_text_functions(state);
  add_units(state);
  add_decisions(state);
  lua_createtable(state, 0, 6);
  add_rule_kinds(state);
  add_state_object(state);
  add_hashes(state);
  lock_table(state, "tidemill");
  lua_setfield(state, -2, "tidemill");
  lock_table(state, "the rule language");
  // The _ENV of every chunk that is loaded from now on.
  lua_rawseti(state, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
}

}  // namespace tidemill::rules
