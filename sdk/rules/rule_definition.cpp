#include "rule_definition.hpp"

#include <cstdio>
#include <cstring>
#include <lua.hpp>

#include "locked_table.hpp"
#include "rule_slot.hpp"
#include "tidemill/batch.h"

namespace tidemill::rules {
namespace {

constexpr char definition_tag = 0;
constexpr lua_Integer needs_max = 4;

struct kind_facts {
  rule_kind kind;
  const char* name;
  const char* function;
  const char* fields[6];
  std::uint32_t columns_default;
};
constexpr std::array<kind_facts, 3> kinds{{
    {rule_kind::partitioner,
     "partitioner",
     "partition",
     {"partition", "needs", "null_keys", "description", nullptr},
     TIDEMILL_KEYS},
    {rule_kind::retention, "retention", "segment", {"segment", "description", nullptr}, 0},
    {rule_kind::validate,
     "validate",
     "record",
     {"record", "needs", "on_error", "description", nullptr},
     TIDEMILL_KEYS | TIDEMILL_VALUES | TIDEMILL_HEADERS | TIDEMILL_TIMESTAMPS},
}};

const kind_facts& facts_of(rule_kind which) noexcept {
  return kinds[static_cast<std::size_t>(which)];
}

bool is_one_of(const char* name, const char* const* names) noexcept {
  for (; *names != nullptr; ++names) {
    if (std::strcmp(*names, name) == 0) {
      return true;
    }
  }
  return false;
}

void check_fields(lua_State* state, const kind_facts& kind) {
  lua_pushnil(state);
  while (lua_next(state, 1) != 0) {
    lua_pop(state, 1);
    if (lua_type(state, -1) != LUA_TSTRING) {
      luaL_error(state, "tidemill.%s takes named fields, such as { %s = function ... end }",
                 kind.name, kind.function);
    }
    if (!is_one_of(lua_tostring(state, -1), kind.fields)) {
      no_such_field(state, kind.name, lua_tostring(state, -1), kind.fields);
    }
  }
}

void expect(lua_State* state, const kind_facts& kind, const char* field, int type) {
  const int found = lua_getfield(state, 1, field);
  if (found != type && found != LUA_TNIL) {
    luaL_error(state, "%s of tidemill.%s is a %s, found a %s", field, kind.name,
               lua_typename(state, type), lua_typename(state, found));
  }
  lua_pop(state, 1);
}

std::uint32_t read_column(lua_State* state, const kind_facts& kind) {
  constexpr const char* names[] = {"key", "value", "headers", "timestamp"};
  constexpr std::uint32_t columns[] = {TIDEMILL_KEYS, TIDEMILL_VALUES, TIDEMILL_HEADERS,
                                       TIDEMILL_TIMESTAMPS};
  const char* const name = lua_type(state, -1) == LUA_TSTRING ? lua_tostring(state, -1) : "";
  for (std::size_t at = 0; at < std::size(names); ++at) {
    if (std::strcmp(name, names[at]) == 0) {
      return columns[at];
    }
  }
  luaL_error(state,
             "needs of tidemill.%s lists 'key', 'value', 'headers' and 'timestamp', found "
             "'%s'",
             kind.name, name);
  return 0;
}

std::uint32_t read_columns(lua_State* state, int table, const kind_facts& kind) {
  if (lua_getfield(state, table, "needs") == LUA_TNIL) {
    lua_pop(state, 1);
    return kind.columns_default;
  }
  std::uint32_t columns = 0;
  for (lua_Integer at = 1; at <= needs_max; ++at) {
    const bool is_end = lua_rawgeti(state, -1, at) == LUA_TNIL;
    columns |= is_end ? 0 : read_column(state, kind);
    lua_pop(state, 1);
  }
  lua_pop(state, 1);
  return columns;
}

void check_on_error(lua_State* state, const kind_facts& kind) {
  if (kind.kind != rule_kind::validate || lua_getfield(state, 1, "on_error") == LUA_TNIL) {
    return;
  }
  const char* const found = lua_tostring(state, -1);
  if (found == nullptr || (std::strcmp(found, "open") != 0 && std::strcmp(found, "closed") != 0)) {
    luaL_error(state, "on_error of tidemill.validate is 'closed' or 'open', found '%s'",
               found == nullptr ? luaL_typename(state, -1) : found);
  }
}

// Upvalue: the index of the kind. (table)
int define(lua_State* state) {
  const kind_facts& kind =
      kinds[static_cast<std::size_t>(lua_tointeger(state, lua_upvalueindex(1)))];
  if (!rule_slot::of(state).is_loading) {
    return luaL_error(state, "tidemill.%s is for the file, not for its functions", kind.name);
  }
  luaL_checktype(state, 1, LUA_TTABLE);
  lua_settop(state, 1);
  if (lua_rawgetp(state, LUA_REGISTRYINDEX, &definition_tag) != LUA_TNIL) {
    return luaL_error(state, "a file has one rule, and this is its second");
  }
  lua_pop(state, 1);
  check_fields(state, kind);
  if (lua_getfield(state, 1, kind.function) != LUA_TFUNCTION) {
    return luaL_error(state, "tidemill.%s needs %s = function ... end, found %s", kind.name,
                      kind.function, lua_isnil(state, -1) ? "nothing" : luaL_typename(state, -1));
  }
  lua_pop(state, 1);
  expect(state, kind, "needs", LUA_TTABLE);
  expect(state, kind, "null_keys", LUA_TBOOLEAN);
  expect(state, kind, "on_error", LUA_TSTRING);
  expect(state, kind, "description", LUA_TSTRING);
  const std::uint32_t columns = read_columns(state, 1, kind);
  check_on_error(state, kind);
  lua_settop(state, 1);
  // A copy: what the script holds on to is not what the rule is.
  lua_createtable(state, 0, 6);
  for (const char* const* field = kind.fields; *field != nullptr; ++field) {
    lua_getfield(state, 1, *field);
    lua_setfield(state, -2, *field);
  }
  lua_pushinteger(state, static_cast<lua_Integer>(kind.kind));
  lua_setfield(state, -2, "kind");
  lua_pushinteger(state, columns);
  lua_setfield(state, -2, "needs");
  lua_rawsetp(state, LUA_REGISTRYINDEX, &definition_tag);
  lua_pushlightuserdata(state, const_cast<char*>(&definition_tag));
  return 1;
}

}  // namespace

const char* name_of(rule_kind which) noexcept {
  return facts_of(which).name;
}

void add_rule_kinds(lua_State* state) {
  for (const kind_facts& kind : kinds) {
    lua_pushinteger(state, static_cast<lua_Integer>(kind.kind));
    lua_pushcclosure(state, define, 1);
    lua_setfield(state, -2, kind.name);
  }
}

bool is_rule(lua_State* state, int index) noexcept {
  return lua_type(state, index) == LUA_TLIGHTUSERDATA &&
         lua_touserdata(state, index) == &definition_tag;
}

rule_facts read_facts(lua_State* state) {
  rule_facts facts;
  lua_rawgetp(state, LUA_REGISTRYINDEX, &definition_tag);
  const int table = lua_gettop(state);
  lua_getfield(state, table, "kind");
  facts.kind = static_cast<rule_kind>(lua_tointeger(state, -1));
  lua_getfield(state, table, "needs");
  facts.columns = static_cast<std::uint32_t>(lua_tointeger(state, -1));
  lua_getfield(state, table, "null_keys");
  facts.takes_null_keys = lua_toboolean(state, -1) != 0;
  if (lua_getfield(state, table, "on_error") == LUA_TSTRING) {
    facts.passes_on_error = std::strcmp(lua_tostring(state, -1), "open") == 0;
  }
  if (lua_getfield(state, table, "description") == LUA_TSTRING) {
    std::snprintf(facts.description.data(), facts.description.size(), "%s",
                  lua_tostring(state, -1));
  }
  lua_settop(state, table - 1);
  return facts;
}

void push_rule_function(lua_State* state) {
  lua_rawgetp(state, LUA_REGISTRYINDEX, &definition_tag);
  lua_getfield(state, -1, "kind");
  const auto kind = static_cast<rule_kind>(lua_tointeger(state, -1));
  lua_pop(state, 1);
  lua_getfield(state, -1, facts_of(kind).function);
  lua_remove(state, -2);
}

}  // namespace tidemill::rules
