#include "locked_table.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <lua.hpp>
#include <string_view>
#include <vector>

#include "wording.hpp"

namespace tidemill::rules {
namespace {

using message = std::array<char, 256>;
constexpr std::size_t name_size_max = 40;

// Everything with a destructor ends in here, before an error is raised.
void describe(std::string_view object, std::string_view found,
              const std::vector<std::string_view>& names, message& into) noexcept {
  try {
    const auto near = nearest_name(found, names);
    const std::string shown = printable(found, name_size_max);
    const std::string hint = near ? "; did you mean '" + std::string(*near) + "'?" : std::string();
    std::snprintf(into.data(), into.size(), "%.*s has no field '%s'%s",
                  static_cast<int>(object.size()), object.data(), shown.c_str(), hint.c_str());
  } catch (...) {
    std::snprintf(into.data(), into.size(), "there is no such field");
  }
}

// Only what cannot raise: the keys of the table at 1 that are text.
void describe_missing(lua_State* state, message& into) noexcept {
  try {
    std::vector<std::string_view> names;
    const char* const object = lua_tostring(state, lua_upvalueindex(1));
    lua_pushnil(state);
    while (lua_next(state, 1) != 0) {
      lua_pop(state, 1);
      std::size_t size = 0;
      if (lua_type(state, -1) == LUA_TSTRING) {
        const char* const text = lua_tolstring(state, -1, &size);
        names.emplace_back(text, size);
      }
    }
    std::size_t size = 0;
    const char* const found = lua_tolstring(state, 2, &size);
    describe(object, {found, size}, names, into);
  } catch (...) {
    std::snprintf(into.data(), into.size(), "there is no such field");
  }
}

// __index of the table behind: (table, key)
int missing_field(lua_State* state) {
  if (lua_type(state, 2) != LUA_TSTRING) {
    lua_pushnil(state);  // ipairs() looks for the end
    return 1;
  }
  luaL_checkstack(state, 4, nullptr);
  message text;
  describe_missing(state, text);
  return luaL_error(state, "%s", text.data());
}

int refuse_change(lua_State* state) {
  const char* const object = lua_tostring(state, lua_upvalueindex(1));
  const char* const field =
      lua_type(state, 2) == LUA_TSTRING ? lua_tostring(state, 2) : luaL_typename(state, 2);
  return luaL_error(state, "%s cannot be changed (field '%s'); use 'local' for what is your own",
                    object, field);
}

void set_closure(lua_State* state, const char* event, lua_CFunction function, const char* name) {
  lua_pushstring(state, name);
  lua_pushcclosure(state, function, 1);
  lua_setfield(state, -2, event);
}

}  // namespace

void lock_table(lua_State* state, const char* name) {
  luaL_checkstack(state, 6, nullptr);
  lua_createtable(state, 0, 1);  // of the table behind
  set_closure(state, "__index", missing_field, name);
  lua_setmetatable(state, -2);

  lua_createtable(state, 0, 0);  // what the script sees
  lua_createtable(state, 0, 3);
  lua_pushvalue(state, -3);
  lua_setfield(state, -2, "__index");
  set_closure(state, "__newindex", refuse_change, name);
  lua_pushboolean(state, 0);
  lua_setfield(state, -2, "__metatable");
  lua_setmetatable(state, -2);
  lua_remove(state, -2);
}

void no_such_field(lua_State* state, const char* object, const char* found,
                   const char* const* fields) {
  message text;
  [&]() noexcept {
    try {
      std::vector<std::string_view> names;
      for (const char* const* field = fields; *field != nullptr; ++field) {
        names.emplace_back(*field);
      }
      describe(object, found, names, text);
    } catch (...) {
      std::snprintf(text.data(), text.size(), "there is no such field");
    }
  }();
  luaL_error(state, "%s", text.data());
  __builtin_unreachable();
}

}  // namespace tidemill::rules
