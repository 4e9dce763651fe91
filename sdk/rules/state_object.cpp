#include "state_object.hpp"

#include <lua.hpp>
#include <new>

#include "bounded_map.hpp"
#include "rule_slot.hpp"

namespace tidemill::rules {
namespace {

constexpr const char* type_name = "tidemill.state";
constexpr lua_Integer entries_max = 10'000;
constexpr std::size_t states_max = 4;

bounded_map& map_at(lua_State* state) {
  return *static_cast<bounded_map*>(luaL_checkudata(state, 1, type_name));
}

int forget(lua_State* state) {
  map_at(state).~bounded_map();
  return 0;
}

std::string_view check_key(lua_State* state) {
  std::size_t size = 0;
  const char* const text = luaL_checklstring(state, 2, &size);
  luaL_argcheck(state, size <= bounded_map::key_bytes_max, 2, "the key is longer than 256 bytes");
  return {text, size};
}

int get(lua_State* state) {
  const bounded_map::value* const found = map_at(state).find(check_key(state));
  if (found == nullptr) {
    lua_pushnil(state);
  } else if (const auto* yes = std::get_if<bool>(found)) {
    lua_pushboolean(state, *yes ? 1 : 0);
  } else if (const auto* integer = std::get_if<std::int64_t>(found)) {
    lua_pushinteger(state, *integer);
  } else if (const auto* number = std::get_if<double>(found)) {
    lua_pushnumber(state, *number);
  } else {
    const std::string& text = std::get<std::string>(*found);
    lua_pushlstring(state, text.data(), text.size());
  }
  return 1;
}

/// Keeps everything that has a destructor to itself.
bool set_to(lua_State* state, bounded_map& map, std::string_view key, int index) noexcept {
  switch (lua_type(state, index)) {
    case LUA_TBOOLEAN:
      return map.set(key, lua_toboolean(state, index) != 0);
    case LUA_TNUMBER:
      return lua_isinteger(state, index) != 0
                 ? map.set(key, std::int64_t{lua_tointeger(state, index)})
                 : map.set(key, lua_tonumber(state, index));
    case LUA_TSTRING: {
      try {
        std::size_t size = 0;
        const char* const text = lua_tolstring(state, index, &size);
        return map.set(key, std::string(text, size));
      } catch (...) {
        return false;
      }
    }
    default:
      return map.set(key, std::monostate());
  }
}

int set(lua_State* state) {
  bounded_map& map = map_at(state);
  const std::string_view key = check_key(state);
  luaL_checkany(state, 3);
  const int type = lua_type(state, 3);
  if (type != LUA_TNIL && type != LUA_TBOOLEAN && type != LUA_TNUMBER && type != LUA_TSTRING) {
    return luaL_error(state, "tidemill.state keeps numbers, texts and booleans, found a %s",
                      lua_typename(state, type));
  }
  luaL_argcheck(state, type != LUA_TSTRING || lua_rawlen(state, 3) <= bounded_map::text_bytes_max,
                3, "the text is longer than 256 bytes");
  if (!set_to(state, map, key, 3)) {
    return luaL_error(state, "there is no memory for tidemill.state");
  }
  return 0;
}

int add(lua_State* state) {
  bounded_map& map = map_at(state);
  const std::string_view key = check_key(state);
  luaL_checknumber(state, 3);
  lua_settop(state, 3);
  const bounded_map::value* const before = map.find(key);
  if (before == nullptr) {
    lua_pushinteger(state, 0);
  } else if (const auto* integer = std::get_if<std::int64_t>(before)) {
    lua_pushinteger(state, *integer);
  } else if (const auto* number = std::get_if<double>(before)) {
    lua_pushnumber(state, *number);
  } else {
    return luaL_error(state, "tidemill.state has no number under that key to add to");
  }
  lua_pushvalue(state, 3);
  lua_arith(state, LUA_OPADD);
  if (!set_to(state, map, key, -1)) {
    return luaL_error(state, "there is no memory for tidemill.state");
  }
  return 1;
}

int size(lua_State* state) {
  lua_pushinteger(state, static_cast<lua_Integer>(map_at(state).size()));
  return 1;
}

/// ({ entries = n })
int make(lua_State* state) {
  rule_slot& slot = rule_slot::of(state);
  if (!slot.is_loading) {
    return luaL_error(state, "tidemill.state is made once, outside of functions");
  }
  if (slot.states >= states_max) {
    return luaL_error(state, "a rule has at most %d states", static_cast<int>(states_max));
  }
  luaL_checktype(state, 1, LUA_TTABLE);
  lua_getfield(state, 1, "entries");
  const lua_Integer entries = lua_isnil(state, -1) ? 1000 : lua_tointeger(state, -1);
  if (entries < 1 || entries > entries_max) {
    return luaL_error(state, "entries of tidemill.state is a number from 1 to %d",
                      static_cast<int>(entries_max));
  }
  void* const room = lua_newuserdatauv(state, sizeof(bounded_map), 0);
  new (room) bounded_map(static_cast<std::size_t>(entries));
  luaL_setmetatable(state, type_name);
  ++slot.states;
  return 1;
}

}  // namespace

void add_state_object(lua_State* state) {
  const luaL_Reg methods[] = {
      {"add", add}, {"get", get}, {"set", set}, {"size", size}, {nullptr, nullptr}};
  luaL_newmetatable(state, type_name);
  lua_newtable(state);
  luaL_setfuncs(state, methods, 0);
  lua_setfield(state, -2, "__index");
  lua_pushcfunction(state, forget);
  lua_setfield(state, -2, "__gc");
  lua_pushboolean(state, 0);
  lua_setfield(state, -2, "__metatable");
  lua_pop(state, 1);
  lua_pushcfunction(state, make);
  lua_setfield(state, -2, "state");
}

}  // namespace tidemill::rules
