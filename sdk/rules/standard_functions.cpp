#include <algorithm>
#include <cstring>
#include <lua.hpp>

#include "interpreter.hpp"
#include "locked_table.hpp"
#include "sandbox.hpp"

// math, string, table, utf8. What Lua's own functions do well is taken from them one by one; what
// may run for long without an instruction, or allocates by a number that the script gives, is
// written here, with a look at the clock.
namespace tidemill::rules {
namespace {

constexpr lua_Integer steps_between_looks = 256;

// Calls the function of Lua's own library that is its upvalue. A few dozen of them on a long text,
// one after the other, would take longer than the time between two looks of the hook.
int call_taken(lua_State* state) {
  if (lua_type(state, 1) == LUA_TSTRING) {
    interpreter::of(state).check_deadline_for(lua_rawlen(state, 1));
  }
  return lua_tocfunction(state, lua_upvalueindex(1))(state);
}

// Copies functions of a library that is opened for this alone, and is not kept.
void take_functions(lua_State* state, lua_CFunction open, const char* const* names) {
  const int into = lua_gettop(state);
  lua_pushcfunction(state, open);
  lua_call(state, 0, 1);
  for (; *names != nullptr; ++names) {
    if (lua_getfield(state, -1, *names) == LUA_TFUNCTION) {
      lua_pushcclosure(state, call_taken, 1);
    }
    lua_setfield(state, into, *names);
  }
  lua_settop(state, into);
}

// string -----------------------------------------------------------------------------------------

int repeat_string(lua_State* state) {
  std::size_t size = 0;
  std::size_t between_size = 0;
  const char* const text = luaL_checklstring(state, 1, &size);
  const lua_Integer count = luaL_checkinteger(state, 2);
  const char* const between = luaL_optlstring(state, 3, "", &between_size);
  if (count <= 0 || size + between_size == 0) {
    lua_pushliteral(state, "");
    return 1;
  }
  const std::size_t room = memory_limits().single_bytes_max / 2;
  if (size > room || between_size > room ||
      static_cast<std::size_t>(count) > room / (size + between_size)) {
    return luaL_error(state, "string.rep would make a text of more than %d bytes",
                      static_cast<int>(room));
  }
  luaL_Buffer buffer;
  luaL_buffinit(state, &buffer);
  for (lua_Integer i = 0; i < count; ++i) {
    if (i > 0 && between_size > 0) {
      luaL_addlstring(&buffer, between, between_size);
    }
    luaL_addlstring(&buffer, text, size);
    if (i % steps_between_looks == 0) {
      interpreter::of(state).check_deadline();
    }
  }
  luaL_pushresult(&buffer);
  return 1;
}

// Lua's own, but for addresses, which differ from shard to shard.
int format_string(lua_State* state) {
  std::size_t size = 0;
  const char* const text = luaL_checklstring(state, 1, &size);
  for (std::size_t i = 0; i + 1 < size; ++i) {
    if (text[i] != '%') {
      continue;
    }
    ++i;
    while (i < size && std::strchr("-+ #0123456789.", text[i]) != nullptr && text[i] != '\0') {
      ++i;
    }
    if (i < size && (text[i] == 'p' || text[i] == 'q')) {
      return luaL_error(state, "string.format knows no '%%%c' in rules", text[i]);
    }
  }
  // Text for %s without tostring(), which would show addresses and call metamethods.
  for (int i = 2; i <= lua_gettop(state); ++i) {
    const int type = lua_type(state, i);
    if (type == LUA_TBOOLEAN) {
      lua_pushstring(state, lua_toboolean(state, i) != 0 ? "true" : "false");
      lua_replace(state, i);
    } else if (type != LUA_TNUMBER && type != LUA_TSTRING) {
      lua_pushstring(state, luaL_typename(state, i));
      lua_replace(state, i);
    }
  }
  const int count = lua_gettop(state);
  lua_pushvalue(state, lua_upvalueindex(1));
  lua_insert(state, 1);
  lua_call(state, count, 1);
  return 1;
}

// table ------------------------------------------------------------------------------------------

lua_Integer length_of(lua_State* state, int table) {
  luaL_checktype(state, table, LUA_TTABLE);
  return static_cast<lua_Integer>(lua_rawlen(state, table));
}

int insert_value(lua_State* state) {
  const lua_Integer length = length_of(state, 1);
  const int count = lua_gettop(state);
  if (count == 2) {
    lua_rawseti(state, 1, length + 1);
    return 0;
  }
  luaL_argcheck(state, count == 3, count, "table.insert takes a table, a position and a value");
  const lua_Integer position = luaL_checkinteger(state, 2);
  luaL_argcheck(state, position >= 1 && position <= length + 1, 2, "position out of bounds");
  for (lua_Integer i = length; i >= position; --i) {
    lua_rawgeti(state, 1, i);
    lua_rawseti(state, 1, i + 1);
    if (i % steps_between_looks == 0) {
      interpreter::of(state).check_deadline();
    }
  }
  lua_rawseti(state, 1, position);
  return 0;
}

int remove_value(lua_State* state) {
  const lua_Integer length = length_of(state, 1);
  const lua_Integer position = luaL_optinteger(state, 2, length);
  if (length == 0 && lua_gettop(state) == 1) {
    return 0;
  }
  luaL_argcheck(state, position >= 1 && position <= length + 1, 2, "position out of bounds");
  lua_rawgeti(state, 1, position);
  for (lua_Integer i = position; i < length; ++i) {
    lua_rawgeti(state, 1, i + 1);
    lua_rawseti(state, 1, i);
    if (i % steps_between_looks == 0) {
      interpreter::of(state).check_deadline();
    }
  }
  if (position <= length) {
    lua_pushnil(state);
    lua_rawseti(state, 1, length);
  }
  return 1;
}

int concatenate(lua_State* state) {
  const lua_Integer length = length_of(state, 1);
  std::size_t between_size = 0;
  const char* const between = luaL_optlstring(state, 2, "", &between_size);
  const lua_Integer first = luaL_optinteger(state, 3, 1);
  const lua_Integer last = std::min(luaL_optinteger(state, 4, length), length);
  luaL_argcheck(state, first >= 1, 3, "positions begin at 1");
  luaL_Buffer buffer;
  luaL_buffinit(state, &buffer);
  for (lua_Integer i = first; i <= last; ++i) {
    const int type = lua_rawgeti(state, 1, i);
    if (type != LUA_TSTRING && type != LUA_TNUMBER) {
      return luaL_error(state, "table.concat found a %s at position %d", lua_typename(state, type),
                        static_cast<int>(i));
    }
    luaL_addvalue(&buffer);
    if (i < last) {
      luaL_addlstring(&buffer, between, between_size);
    }
    if (i % steps_between_looks == 0) {
      interpreter::of(state).check_deadline();
    }
  }
  luaL_pushresult(&buffer);
  return 1;
}

int unpack_values(lua_State* state) {
  const lua_Integer length = length_of(state, 1);
  const lua_Integer first = luaL_optinteger(state, 2, 1);
  const lua_Integer last = luaL_optinteger(state, 3, length);
  constexpr lua_Integer values_max = 200;
  if (first > last) {
    return 0;
  }
  if (first < 1 || last - first >= values_max) {
    return luaL_error(state, "table.unpack gives at most %d values", static_cast<int>(values_max));
  }
  luaL_checkstack(state, static_cast<int>(values_max), "too many values");
  for (lua_Integer i = first; i <= last; ++i) {
    lua_rawgeti(state, 1, i);
  }
  return static_cast<int>(last - first + 1);
}

// Whether the value at -2 goes before that at -1, by the function at 2 or by Lua's own order.
bool goes_before(lua_State* state, bool by_function) {
  if (!by_function) {
    return lua_compare(state, -2, -1, LUA_OPLT) != 0;
  }
  lua_pushvalue(state, 2);
  lua_pushvalue(state, -3);
  lua_pushvalue(state, -3);
  lua_call(state, 2, 1);
  const bool answer = lua_toboolean(state, -1) != 0;
  lua_pop(state, 1);
  return answer;
}

// Heap sort: n log n steps whatever a comparison function that lies says, and never outside of the
// table. Not stable, like Lua's own.
void sift_down(lua_State* state, lua_Integer index, lua_Integer count, bool by_function) {
  while (2 * index <= count) {
    interpreter::of(state).check_deadline();
    lua_Integer child = 2 * index;
    lua_rawgeti(state, 1, child);
    if (child < count) {
      lua_rawgeti(state, 1, child + 1);
      if (goes_before(state, by_function)) {
        lua_remove(state, -2);
        ++child;
      } else {
        lua_pop(state, 1);
      }
    }
    lua_rawgeti(state, 1, index);
    lua_insert(state, -2);  // parent, child
    if (!goes_before(state, by_function)) {
      lua_pop(state, 2);
      return;
    }
    lua_rawseti(state, 1, index);
    lua_rawseti(state, 1, child);
    index = child;
  }
}

int sort_values(lua_State* state) {
  const lua_Integer count = length_of(state, 1);
  const bool by_function = !lua_isnoneornil(state, 2);
  if (by_function) {
    luaL_checktype(state, 2, LUA_TFUNCTION);
  }
  lua_settop(state, 2);
  for (lua_Integer index = count / 2; index >= 1; --index) {
    sift_down(state, index, count, by_function);
  }
  for (lua_Integer last = count; last > 1; --last) {
    lua_rawgeti(state, 1, 1);
    lua_rawgeti(state, 1, last);
    lua_rawseti(state, 1, 1);
    lua_rawseti(state, 1, last);
    sift_down(state, 1, last - 1, by_function);
  }
  return 0;
}

}  // namespace

void add_math(lua_State* state) {
  const char* const names[] = {"abs",       "ceil",       "floor", "fmod",       "huge",
                               "max",       "maxinteger", "min",   "mininteger", "pi",
                               "tointeger", "type",       "ult",   nullptr};
  lua_newtable(state);
  take_functions(state, luaopen_math, names);
  lock_table(state, "math");
  lua_setfield(state, -2, "math");
}

void add_strings(lua_State* state) {
  const char* const names[] = {"byte",    "char", "format", "len",  "lower",
                               "reverse", "sub",  "upper",  nullptr};
  lua_newtable(state);
  take_functions(state, luaopen_string, names);
  lua_pushcfunction(state, repeat_string);
  lua_setfield(state, -2, "rep");
  lua_getfield(state, -1, "format");
  lua_pushcclosure(state, format_string, 1);
  lua_setfield(state, -2, "format");
  lock_table(state, "string");

  // ("x"):rep(3); opening the library has given all strings a metatable of its own.
  lua_pushliteral(state, "");
  lua_createtable(state, 0, 2);
  lua_pushvalue(state, -3);
  lua_setfield(state, -2, "__index");
  lua_pushboolean(state, 0);
  lua_setfield(state, -2, "__metatable");
  lua_setmetatable(state, -2);
  lua_pop(state, 1);
  lua_setfield(state, -2, "string");
}

void add_tables(lua_State* state) {
  const luaL_Reg functions[] = {{"concat", concatenate},   {"insert", insert_value},
                                {"remove", remove_value},  {"sort", sort_values},
                                {"unpack", unpack_values}, {nullptr, nullptr}};
  lua_newtable(state);
  luaL_setfuncs(state, functions, 0);
  lock_table(state, "table");
  lua_setfield(state, -2, "table");
}

void add_utf8(lua_State* state) {
  const char* const names[] = {"char", "codepoint", "len", "offset", nullptr};
  lua_newtable(state);
  take_functions(state, luaopen_utf8, names);
  lock_table(state, "utf8");
  lua_setfield(state, -2, "utf8");
}

}  // namespace tidemill::rules
