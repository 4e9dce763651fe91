#include "decisions.hpp"

#include <algorithm>
#include <cstring>
#include <lua.hpp>

#include "rule_slot.hpp"

namespace tidemill::rules {
namespace {

// Told apart by their addresses, which no script can make.
constexpr std::array<char, 4> marks{};
constexpr std::array<decision, 4> meanings{decision::any, decision::keep, decision::remove,
                                           decision::reject};

void push_mark(lua_State* state, decision which) {
  const auto at = static_cast<std::size_t>(std::ranges::find(meanings, which) - meanings.begin());
  lua_pushlightuserdata(state, const_cast<char*>(&marks[at]));
}

int reject(lua_State* state) {
  std::size_t size = 0;
  const char* const text = luaL_checklstring(state, 1, &size);
  rule_slot::of(state).reason.set({text, size});
  push_mark(state, decision::reject);
  return 1;
}

}  // namespace

void rejection_reason::set(std::string_view text) noexcept {
  size_ = std::min(text.size(), text_.size());
  std::memcpy(text_.data(), text.data(), size_);
}

void add_decisions(lua_State* state) {
  push_mark(state, decision::any);
  lua_setfield(state, -2, "any");
  push_mark(state, decision::keep);
  lua_setfield(state, -2, "keep");
  push_mark(state, decision::remove);
  lua_setfield(state, -2, "delete");
  lua_pushcfunction(state, reject);
  lua_setfield(state, -2, "reject");
}

decision decision_at(lua_State* state, int index) noexcept {
  switch (lua_type(state, index)) {
    case LUA_TNIL:
    case LUA_TNONE:
      return decision::none;
    case LUA_TLIGHTUSERDATA: {
      const void* const mark = lua_touserdata(state, index);
      for (std::size_t i = 0; i < marks.size(); ++i) {
        if (mark == &marks[i]) {
          return meanings[i];
        }
      }
      return decision::unknown;
    }
    default:
      return decision::unknown;
  }
}

}  // namespace tidemill::rules
