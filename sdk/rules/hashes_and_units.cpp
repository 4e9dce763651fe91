#define XXH_INLINE_ALL
#include <xxhash.h>

#include <lua.hpp>
#include <span>

#include "interpreter.hpp"
#include "locked_table.hpp"
#include "sandbox.hpp"
#include "tidemill/hash.hpp"

namespace tidemill::rules {
namespace {

std::span<const std::uint8_t> check_bytes(lua_State* state) {
  std::size_t size = 0;
  const char* const text = luaL_checklstring(state, 1, &size);
  interpreter::of(state).check_deadline_for(size);
  return {reinterpret_cast<const std::uint8_t*>(text), size};
}

/// Without the sign bit, as Kafka's Java client takes it.
int murmur2(lua_State* state) {
  lua_pushinteger(state, sdk::murmur2(check_bytes(state)) & 0x7fffffffU);
  return 1;
}
int crc32(lua_State* state) {
  lua_pushinteger(state, sdk::crc32(check_bytes(state)));
  return 1;
}
int fnv1a(lua_State* state) {
  lua_pushinteger(state, sdk::fnv1a(check_bytes(state)));
  return 1;
}
int xxh64(lua_State* state) {
  const auto text = check_bytes(state);
  lua_pushinteger(state, static_cast<lua_Integer>(XXH64(text.data(), text.size(), 0)));
  return 1;
}

/// Multiplies by its upvalue.
int times(lua_State* state) {
  const lua_Number factor = lua_tonumber(state, lua_upvalueindex(1));
  const lua_Number count = luaL_checknumber(state, 1);
  const lua_Number product = count * factor;
  constexpr lua_Number exact_max = 9007199254740992.0;
  if (!(product > -exact_max && product < exact_max)) {
    return luaL_error(state, "too large a number of them");
  }
  lua_pushinteger(state, static_cast<lua_Integer>(product));
  return 1;
}

void add_factor(lua_State* state, const char* name, lua_Integer factor) {
  lua_pushinteger(state, factor);
  lua_pushcclosure(state, times, 1);
  lua_setfield(state, -2, name);
}

}  // namespace

void add_units(lua_State* state) {
  // Milliseconds and bytes: the units of everything that a rule is shown.
  add_factor(state, "seconds", 1000);
  add_factor(state, "minutes", 60'000);
  add_factor(state, "hours", 3'600'000);
  add_factor(state, "days", 86'400'000);
  add_factor(state, "kib", 1 << 10);
  add_factor(state, "mib", 1 << 20);
  add_factor(state, "gib", 1 << 30);
}

void add_hashes(lua_State* state) {
  const luaL_Reg functions[] = {{"crc32", crc32},
                                {"fnv1a", fnv1a},
                                {"murmur2", murmur2},
                                {"xxh64", xxh64},
                                {nullptr, nullptr}};
  lua_newtable(state);
  luaL_setfuncs(state, functions, 0);
  lock_table(state, "tidemill.hash");
  lua_setfield(state, -2, "hash");
}

}  // namespace tidemill::rules
