#include <re2/re2.h>

#include <array>
#include <cstring>
#include <lua.hpp>
#include <new>

#include "interpreter.hpp"
#include "sandbox.hpp"
#include "wording.hpp"

// starts, ends, contains, glob, re: what a rule has in place of Lua's patterns, which take time
// that grows with a power of the text.
namespace tidemill::rules {
namespace {

constexpr const char* pattern_type = "tidemill.re";
constexpr std::int64_t pattern_memory_bytes_max = std::int64_t{1} << 20;
constexpr std::size_t pattern_size_max = 1024;
constexpr lua_Integer patterns_max = 64;
constexpr int groups_max = 9;

/// A null key, value or header is no text, and neither starts nor ends with anything.
bool take_text(lua_State* state, int index, std::string_view& into) {
  if (lua_isnoneornil(state, index)) {
    return false;
  }
  std::size_t size = 0;
  const char* const text = luaL_checklstring(state, index, &size);
  interpreter::of(state).check_deadline_for(size);
  into = {text, size};
  return true;
}

std::string_view check_text(lua_State* state, int index) {
  std::size_t size = 0;
  const char* const text = luaL_checklstring(state, index, &size);
  return {text, size};
}

int answer(lua_State* state, bool yes) {
  lua_pushboolean(state, yes ? 1 : 0);
  return 1;
}

int starts_with(lua_State* state) {
  std::string_view text;
  const std::string_view part = check_text(state, 2);
  return answer(state, take_text(state, 1, text) && text.starts_with(part));
}

int ends_with(lua_State* state) {
  std::string_view text;
  const std::string_view part = check_text(state, 2);
  return answer(state, take_text(state, 1, text) && text.ends_with(part));
}

int contains_text(lua_State* state) {
  std::string_view text;
  const std::string_view part = check_text(state, 2);
  if (!take_text(state, 1, text)) {
    return answer(state, false);
  }
  const bool found =
      part.empty() || (part.size() <= text.size() &&
                       memmem(text.data(), text.size(), part.data(), part.size()) != nullptr);
  return answer(state, found);
}

// '*' any bytes, '?' one byte. On a mismatch only the last '*' is tried one byte further: at most
// size of the text times size of the pattern steps, with looks at the clock.
bool matches(lua_State* state, std::string_view text, std::string_view pattern) {
  constexpr std::size_t steps_between_looks = 4096;
  constexpr std::size_t none = std::string_view::npos;
  std::size_t at = 0;
  std::size_t in_pattern = 0;
  std::size_t star = none;
  std::size_t star_at = 0;
  for (std::size_t steps = 1; at < text.size(); ++steps) {
    if (steps % steps_between_looks == 0) {
      interpreter::of(state).check_deadline();
    }
    const bool has_more = in_pattern < pattern.size();
    if (has_more && pattern[in_pattern] == '*') {
      star = in_pattern++;
      star_at = at;
    } else if (has_more && (pattern[in_pattern] == '?' || pattern[in_pattern] == text[at])) {
      ++in_pattern;
      ++at;
    } else if (star != none) {
      in_pattern = star + 1;
      at = ++star_at;
    } else {
      return false;
    }
  }
  while (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
    ++in_pattern;
  }
  return in_pattern == pattern.size();
}

int glob(lua_State* state) {
  std::string_view text;
  const std::string_view pattern = check_text(state, 2);
  return answer(state, take_text(state, 1, text) && matches(state, text, pattern));
}

// re ---------------------------------------------------------------------------------------------

RE2& pattern_at(lua_State* state, int index) {
  return *static_cast<RE2*>(luaL_checkudata(state, index, pattern_type));
}

int forget_pattern(lua_State* state) {
  pattern_at(state, 1).~RE2();
  return 0;
}

/// False, with the reason in `why`, when it does not compile. Nothing is left to be destroyed.
bool make_pattern(void* into, std::string_view text, std::array<char, 200>& why) noexcept {
  try {
    RE2::Options options;
    options.set_max_mem(pattern_memory_bytes_max);
    options.set_log_errors(false);
    auto* const made = new (into) RE2(re2::StringPiece(text.data(), text.size()), options);
    if (made->ok()) {
      return true;
    }
    std::snprintf(why.data(), why.size(), "%s", printable(made->error(), why.size()).c_str());
    made->~RE2();
  } catch (...) {
    std::snprintf(why.data(), why.size(), "there is no memory for it");
  }
  return false;
}

// (text): a function of (text) that says whether the pattern is in it
int compile_pattern(lua_State* state) {
  const std::string_view text = check_text(state, 1);
  if (text.size() > pattern_size_max) {
    return luaL_error(state, "the pattern of re is longer than %d bytes",
                      static_cast<int>(pattern_size_max));
  }
  const lua_Integer made_before = lua_tointeger(state, lua_upvalueindex(1));
  if (made_before >= patterns_max) {
    return luaL_error(state,
                      "more than %d patterns: re compiles, so call it once, outside of functions",
                      static_cast<int>(patterns_max));
  }
  lua_pushinteger(state, made_before + 1);
  lua_replace(state, lua_upvalueindex(1));
  std::array<char, 200> why{};
  void* const room = lua_newuserdatauv(state, sizeof(RE2), 0);
  if (!make_pattern(room, text, why)) {
    return luaL_error(state, "the pattern of re is not one: %s", why.data());
  }
  luaL_setmetatable(state, pattern_type);
  return 1;
}

// __call: (pattern, text)
int match_pattern(lua_State* state) {
  const RE2& pattern = pattern_at(state, 1);
  std::string_view text;
  if (!take_text(state, 2, text)) {
    return answer(state, false);
  }
  return answer(state, RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), pattern));
}

// (pattern, text): the groups of the first match, or nil
int capture(lua_State* state) {
  const RE2& pattern = pattern_at(state, 1);
  std::string_view text;
  std::array<re2::StringPiece, groups_max + 1> groups;
  const int count = std::min(pattern.NumberOfCapturingGroups(), groups_max) + 1;
  if (!take_text(state, 2, text) ||
      !pattern.Match(re2::StringPiece(text.data(), text.size()), 0, text.size(), RE2::UNANCHORED,
                     groups.data(), count)) {
    lua_pushnil(state);
    return 1;
  }
  luaL_checkstack(state, groups_max + 1, nullptr);
  const int first = count == 1 ? 0 : 1;  // without groups: what matched
  for (int i = first; i < count; ++i) {
    const re2::StringPiece& group = groups[static_cast<std::size_t>(i)];
    if (group.data() == nullptr) {
      lua_pushnil(state);
    } else {
      lua_pushlstring(state, group.data(), group.size());
    }
  }
  return count - first;
}

void add_pattern_type(lua_State* state) {
  luaL_newmetatable(state, pattern_type);
  lua_pushcfunction(state, forget_pattern);
  lua_setfield(state, -2, "__gc");
  lua_pushcfunction(state, match_pattern);
  lua_setfield(state, -2, "__call");
  lua_createtable(state, 0, 1);
  lua_pushcfunction(state, capture);
  lua_setfield(state, -2, "capture");
  lua_setfield(state, -2, "__index");
  lua_pushboolean(state, 0);
  lua_setfield(state, -2, "__metatable");
  lua_pop(state, 1);
}

}  // namespace

void add_text_functions(lua_State* state) {
  add_pattern_type(state);
  const luaL_Reg functions[] = {{"contains", contains_text},
                                {"ends", ends_with},
                                {"glob", glob},
                                {"starts", starts_with},
                                {nullptr, nullptr}};
  luaL_setfuncs(state, functions, 0);
  lua_pushinteger(state, 0);
  lua_pushcclosure(state, compile_pattern, 1);
  lua_setfield(state, -2, "re");
}

}  // namespace tidemill::rules
