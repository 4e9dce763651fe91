#include <algorithm>
#include <cstring>
#include <lua.hpp>

#include "locked_table.hpp"
#include "rule_slot.hpp"

// `log` and `segment`, for rules of retention. Ages and times are milliseconds, sizes bytes; what
// is not known is nil.
namespace tidemill::rules {
namespace {

using field_reader = void (*)(lua_State*, const tidemill_log&, std::uint32_t segment);
struct field {
  const char* name;
  field_reader read;
};

void push_known(lua_State* state, std::int64_t value) {
  if (value < 0) {
    lua_pushnil(state);
  } else {
    lua_pushinteger(state, value);
  }
}

/// The smallest offset that any group has committed; nil where there is no group.
void push_min_committed(lua_State* state, const tidemill_log& log) {
  if (log.group_count == 0) {
    lua_pushnil(state);
    return;
  }
  lua_pushinteger(state, *std::min_element(log.group_offsets, log.group_offsets + log.group_count));
}

template <std::int64_t tidemill_log::* Member>
void read_log(lua_State* state, const tidemill_log& log, std::uint32_t) {
  push_known(state, log.*Member);
}
template <const std::int64_t* tidemill_log::* Column>
void read_segment(lua_State* state, const tidemill_log& log, std::uint32_t segment) {
  const std::int64_t* const column = log.*Column;
  push_known(state, column == nullptr ? -1 : column[segment]);
}

constexpr field log_fields[] = {
    {"start_offset", read_log<&tidemill_log::log_start_offset>},
    {"end_offset", read_log<&tidemill_log::log_end_offset>},
    {"high_watermark", read_log<&tidemill_log::high_watermark>},
    {"last_stable_offset", read_log<&tidemill_log::last_stable_offset>},
    {"size", read_log<&tidemill_log::size_bytes>},
    {"now", read_log<&tidemill_log::now_ms>},
    {"retention_ms", read_log<&tidemill_log::retention_ms>},
    {"retention_bytes", read_log<&tidemill_log::retention_bytes>},
    {"disk_free", read_log<&tidemill_log::disk_free_bytes>},
    {"disk_total", read_log<&tidemill_log::disk_total_bytes>},
    {"min_committed_offset", [](lua_State* state, const tidemill_log& log,
                                std::uint32_t) { push_min_committed(state, log); }},
    {"groups", [](lua_State* state, const tidemill_log& log,
                  std::uint32_t) { lua_pushinteger(state, log.group_count); }},
    {"partition", [](lua_State* state, const tidemill_log& log,
                     std::uint32_t) { lua_pushinteger(state, log.partition); }},
    {"segments", [](lua_State* state, const tidemill_log& log,
                    std::uint32_t) { lua_pushinteger(state, log.segment_count); }},
    {"topic",
     [](lua_State* state, const tidemill_log& log, std::uint32_t) {
       lua_pushlstring(state, reinterpret_cast<const char*>(log.topic->name.data),
                       log.topic->name.size);
     }},
};

constexpr field segment_fields[] = {
    {"age",
     [](lua_State* state, const tidemill_log& log, std::uint32_t segment) {
       lua_pushinteger(state,
                       std::max<std::int64_t>(log.now_ms - log.newest_timestamps_ms[segment], 0));
     }},
    {"size", read_segment<&tidemill_log::sizes_bytes>},
    {"base_offset", read_segment<&tidemill_log::base_offsets>},
    {"last_offset",
     [](lua_State* state, const tidemill_log& log, std::uint32_t segment) {
       lua_pushinteger(state, log.end_offsets[segment] - 1);
     }},
    {"newest_timestamp", read_segment<&tidemill_log::newest_timestamps_ms>},
    {"first_timestamp", read_segment<&tidemill_log::first_timestamps_ms>},
    {"active",
     [](lua_State* state, const tidemill_log& log, std::uint32_t segment) {
       lua_pushboolean(state, (log.segment_flags[segment] & TIDEMILL_SEGMENT_ACTIVE) != 0 ? 1 : 0);
     }},
    {"index", [](lua_State* state, const tidemill_log&,
                 std::uint32_t segment) { lua_pushinteger(state, segment + 1); }},
    /// Bytes of this segment and all that are newer: what size retention looks at.
    {"size_from_here",
     [](lua_State* state, const tidemill_log& log, std::uint32_t segment) {
       std::int64_t sum = 0;
       for (std::uint32_t at = segment; at < log.segment_count; ++at) {
         sum += log.sizes_bytes[at];
       }
       lua_pushinteger(state, sum);
     }},
};

template <std::size_t Count>
int read_field(lua_State* state, const char* object, const field (&fields)[Count]) {
  const rule_slot& slot = rule_slot::of(state);
  if (slot.log == nullptr) {
    return luaL_error(state, "%s is there only while the rule looks at a log", object);
  }
  const char* const wanted = luaL_checkstring(state, 2);
  const char* names[Count + 1] = {};
  for (std::size_t at = 0; at < Count; ++at) {
    if (std::strcmp(fields[at].name, wanted) == 0) {
      fields[at].read(state, *slot.log, slot.segment);
      return 1;
    }
    names[at] = fields[at].name;
  }
  no_such_field(state, object, wanted, names);
}

int log_index(lua_State* state) {
  return read_field(state, "log", log_fields);
}
int segment_index(lua_State* state) {
  return read_field(state, "segment", segment_fields);
}

}  // namespace

void make_log_objects(lua_State* state) {
  lua_pushcfunction(state, log_index);
  make_object(state, "log", &log_tag);
  lua_pushcfunction(state, segment_index);
  make_object(state, "segment", &segment_tag);
}

}  // namespace tidemill::rules
