#include <algorithm>
#include <cstring>
#include <lua.hpp>

#include "interpreter.hpp"
#include "sandbox.hpp"

// type, tostring, ...: Lua's own with the parts left out that show addresses, change metatables or
// depend on the order of a hash table.
namespace tidemill::rules {
namespace {

int give_type(lua_State* state) {
  luaL_checkany(state, 1);
  lua_pushstring(state, luaL_typename(state, 1));
  return 1;
}

int to_string(lua_State* state) {
  luaL_checkany(state, 1);
  switch (lua_type(state, 1)) {
    case LUA_TSTRING:
      lua_pushvalue(state, 1);
      break;
    case LUA_TNUMBER:
      lua_pushvalue(state, 1);
      lua_tostring(state, -1);
      break;
    case LUA_TBOOLEAN:
      lua_pushstring(state, lua_toboolean(state, 1) != 0 ? "true" : "false");
      break;
    case LUA_TNIL:
      lua_pushstring(state, "nil");
      break;
    default:  // never its address
      lua_pushstring(state, luaL_typename(state, 1));
  }
  return 1;
}

int to_number(lua_State* state) {
  luaL_checkany(state, 1);
  if (lua_type(state, 1) == LUA_TNUMBER) {
    lua_pushvalue(state, 1);
    return 1;
  }
  std::size_t size = 0;
  const char* const text =
      lua_type(state, 1) == LUA_TSTRING ? lua_tolstring(state, 1, &size) : nullptr;
  if (text != nullptr && lua_stringtonumber(state, text) == size + 1) {
    return 1;
  }
  lua_pushnil(state);
  return 1;
}

int select_values(lua_State* state) {
  const int count = lua_gettop(state);
  if (lua_type(state, 1) == LUA_TSTRING && std::strcmp(lua_tostring(state, 1), "#") == 0) {
    lua_pushinteger(state, count - 1);
    return 1;
  }
  lua_Integer from = luaL_checkinteger(state, 1);
  if (from < 0) {
    from = count + from;
  } else if (from > count) {
    from = count;
  }
  luaL_argcheck(state, from >= 1, 1, "index out of range");
  return count - static_cast<int>(from);
}

int raise_error(lua_State* state) {
  const auto level = static_cast<int>(luaL_optinteger(state, 2, 1));
  if (lua_type(state, 1) != LUA_TSTRING) {
    return luaL_error(state, "error expects a text, found %s", luaL_typename(state, 1));
  }
  luaL_where(state, std::clamp(level, 0, 100));
  lua_pushvalue(state, 1);
  lua_concat(state, 2);
  return lua_error(state);
}

int assert_true(lua_State* state) {
  if (lua_toboolean(state, 1) != 0) {
    return lua_gettop(state);
  }
  luaL_checkany(state, 1);
  return luaL_error(state, "%s",
                    luaL_optstring(state, 2, "an assertion of the rule does not hold"));
}

int next_of_array(lua_State* state) {
  const lua_Integer index = luaL_checkinteger(state, 2) + 1;
  lua_pushinteger(state, index);
  return lua_geti(state, 1, index) == LUA_TNIL ? 1 : 2;
}

int array_pairs(lua_State* state) {
  luaL_checkany(state, 1);
  lua_pushcfunction(state, next_of_array);
  lua_pushvalue(state, 1);
  lua_pushinteger(state, 0);
  return 3;
}

// pairs in order
// -----------------------------------------------------------------------------------

// Numbers before text, each in order; -1, 0, 1.
int compare_keys(lua_State* state, int a, int b) {
  const bool a_is_number = lua_type(state, a) == LUA_TNUMBER;
  const bool b_is_number = lua_type(state, b) == LUA_TNUMBER;
  if (a_is_number != b_is_number) {
    return a_is_number ? -1 : 1;
  }
  if (a_is_number) {
    return lua_compare(state, a, b, LUA_OPLT) != 0 ? -1 : 1;
  }
  std::size_t a_size = 0;
  std::size_t b_size = 0;
  const char* const a_text = lua_tolstring(state, a, &a_size);
  const char* const b_text = lua_tolstring(state, b, &b_size);
  const int order = std::memcmp(a_text, b_text, std::min(a_size, b_size));
  return order != 0 ? order : (a_size < b_size ? -1 : 1);
}

// Moves the key at `index` of the heap at stack position `heap` down to where it belongs.
void sift_down(lua_State* state, int heap, lua_Integer index, lua_Integer count) {
  while (2 * index <= count) {
    lua_Integer child = 2 * index;
    lua_geti(state, heap, child);
    if (child < count) {
      lua_geti(state, heap, child + 1);
      if (compare_keys(state, -2, -1) < 0) {
        lua_remove(state, -2);
        ++child;
      } else {
        lua_pop(state, 1);
      }
    }
    lua_geti(state, heap, index);
    if (compare_keys(state, -1, -2) > 0) {
      lua_pop(state, 2);
      return;
    }
    lua_seti(state, heap, child);
    lua_seti(state, heap, index);
    index = child;
  }
}

// Heap sort: in place, and never slow.
void sort_keys(lua_State* state, int keys, lua_Integer count) {
  interpreter& here = interpreter::of(state);
  for (lua_Integer index = count / 2; index >= 1; --index) {
    here.check_deadline();
    sift_down(state, keys, index, count);
  }
  for (lua_Integer last = count; last > 1; --last) {
    here.check_deadline();
    lua_geti(state, keys, 1);
    lua_geti(state, keys, last);
    lua_seti(state, keys, 1);
    lua_seti(state, keys, last);
    sift_down(state, keys, 1, last - 1);
  }
}

// Upvalues: the keys in order, and which is next. (table, key) -> key, value
int next_in_order(lua_State* state) {
  const lua_Integer index = lua_tointeger(state, lua_upvalueindex(2)) + 1;
  lua_pushinteger(state, index);
  lua_replace(state, lua_upvalueindex(2));
  if (lua_geti(state, lua_upvalueindex(1), index) == LUA_TNIL) {
    return 1;
  }
  lua_pushvalue(state, -1);
  lua_rawget(state, 1);
  return 2;
}

int pairs_in_order(lua_State* state) {
  luaL_checktype(state, 1, LUA_TTABLE);
  lua_settop(state, 1);
  lua_newtable(state);
  lua_Integer count = 0;
  lua_pushnil(state);
  while (lua_next(state, 1) != 0) {
    lua_pop(state, 1);
    const int type = lua_type(state, -1);
    if (type != LUA_TNUMBER && type != LUA_TSTRING) {
      return luaL_error(state, "pairs goes in order, and a key that is a %s has none",
                        luaL_typename(state, -1));
    }
    lua_pushvalue(state, -1);
    lua_seti(state, 2, ++count);
    interpreter::of(state).check_deadline();
  }
  sort_keys(state, 2, count);
  lua_pushinteger(state, 0);
  lua_pushcclosure(state, next_in_order, 2);
  lua_pushvalue(state, 1);
  lua_pushnil(state);
  return 3;
}

}  // namespace

void add_basic_functions(lua_State* state) {
  const luaL_Reg functions[] = {
      {"assert", assert_true},   {"error", raise_error},    {"ipairs", array_pairs},
      {"pairs", pairs_in_order}, {"select", select_values}, {"tonumber", to_number},
      {"tostring", to_string},   {"type", give_type},       {nullptr, nullptr}};
  luaL_setfuncs(state, functions, 0);
}

}  // namespace tidemill::rules
