#include <cstring>
#include <lua.hpp>
#include <string_view>

#include "interpreter.hpp"
#include "locked_table.hpp"
#include "rule_slot.hpp"
#include "tidemill/hash.hpp"

// `rec` and `topic`: one object each for all records, whose fields are read from the batch when the
// rule asks for them. A record's fields are the hot path of every rule.
namespace tidemill::rules {
namespace {

// In the order in which they are compared: what rules ask for most comes first.
enum record_field : std::uint8_t {
  field_key,
  field_key_hash,
  field_value,
  field_header,
  field_json,
  field_timestamp,
  field_value_size,
  field_key_size,
  field_partition,
  field_topic,
  field_client_id,
  field_principal,
  field_offset,
  field_header_count,
  field_header_at,
  field_is_json,
  field_json_type,
  field_count
};
constexpr const char* field_names[] = {
    "key",        "key_hash",     "value",     "header",  "json",      "timestamp",
    "value_size", "key_size",     "partition", "topic",   "client_id", "principal",
    "offset",     "header_count", "header_at", "is_json", "json_type", nullptr};
static_assert(std::size(field_names) == field_count + 1);

enum topic_field : std::uint8_t { topic_partitions, topic_name, topic_field_count };
constexpr const char* topic_field_names[] = {"partitions", "name", nullptr};
constexpr char shown_topic_tag = 0;

void push_bytes(lua_State* state, tidemill_bytes bytes) {
  if (bytes.data == nullptr) {
    lua_pushnil(state);
  } else {
    lua_pushlstring(state, reinterpret_cast<const char*>(bytes.data), bytes.size);
  }
}

const tidemill_batch& batch_of(lua_State* state, const rule_slot& slot) {
  if (slot.batch == nullptr) {
    luaL_error(state, "rec is there only while the rule looks at a record");
  }
  return *slot.batch;
}

/// The batch, when the rule has declared that it reads the column.
const tidemill_batch& with_column(lua_State* state, const rule_slot& slot, std::uint32_t column,
                                  const char* field, const char* need) {
  const tidemill_batch& batch = batch_of(state, slot);
  if ((slot.columns & column) == 0) {
    luaL_error(state, "rec.%s is read, and needs does not name it; add needs = { '%s' }", field,
               need);
  }
  return batch;
}

const tidemill_batch& with_keys(lua_State* state, const rule_slot& slot, const char* field) {
  return with_column(state, slot, TIDEMILL_KEYS, field, "key");
}
const tidemill_batch& with_values(lua_State* state, const rule_slot& slot, const char* field) {
  return with_column(state, slot, TIDEMILL_VALUES, field, "value");
}
const tidemill_batch& with_headers(lua_State* state, const rule_slot& slot, const char* field) {
  return with_column(state, slot, TIDEMILL_HEADERS, field, "headers");
}

// Methods ----------------------------------------------------------------------------------------

/// (rec, name): the value of the last header of that name, as Kafka's clients look it up.
int header(lua_State* state) {
  const rule_slot& slot = rule_slot::of(state);
  const tidemill_batch& batch = with_headers(state, slot, "header");
  std::size_t size = 0;
  const char* const name = luaL_checklstring(state, 2, &size);
  const std::uint32_t begin = batch.header_begin[slot.record];
  for (std::uint32_t at = batch.header_begin[slot.record + 1]; at > begin; --at) {
    const tidemill_bytes& found = batch.header_names[at - 1];
    if (found.size == size && std::memcmp(found.data, name, size) == 0) {
      push_bytes(state, batch.header_values[at - 1]);
      return 1;
    }
  }
  lua_pushnil(state);
  return 1;
}

/// (rec, i): name and value of the header i, counted from 1.
int header_at(lua_State* state) {
  const rule_slot& slot = rule_slot::of(state);
  const tidemill_batch& batch = with_headers(state, slot, "header_at");
  const lua_Integer wanted = luaL_checkinteger(state, 2);
  const std::uint32_t begin = batch.header_begin[slot.record];
  const std::uint32_t count = batch.header_begin[slot.record + 1] - begin;
  if (wanted < 1 || wanted > static_cast<lua_Integer>(count)) {
    lua_pushnil(state);
    return 1;
  }
  const std::uint32_t at = begin + static_cast<std::uint32_t>(wanted) - 1;
  push_bytes(state, batch.header_names[at]);
  push_bytes(state, batch.header_values[at]);
  return 2;
}

json_reader& open_json(lua_State* state, const char* field) {
  rule_slot& slot = rule_slot::of(state);
  const tidemill_batch& batch = with_values(state, slot, field);
  interpreter::of(state).check_deadline_for(batch.values[slot.record].size);
  if (slot.json_record != slot.record) {
    slot.json.open(batch.values[slot.record]);
    slot.json_record = slot.record;
  }
  return slot.json;
}

std::string_view check_pointer(lua_State* state) {
  std::size_t size = 0;
  const char* const text = luaL_checklstring(state, 2, &size);
  if (size > 0 && text[0] != '/') {
    luaL_error(state, "'%s' is no JSON pointer; expected '/' and a field, such as '/id'", text);
  }
  return {text, size};
}

/// (rec, pointer)
int json(lua_State* state) {
  json_reader& reader = open_json(state, "json");
  const json_field found = reader.at(check_pointer(state));
  switch (found.is) {
    case json_field::type::missing:
    case json_field::type::null:
      lua_pushnil(state);
      break;
    case json_field::type::boolean:
      lua_pushboolean(state, found.boolean ? 1 : 0);
      break;
    case json_field::type::integer:
      lua_pushinteger(state, found.integer);
      break;
    case json_field::type::number:
      lua_pushnumber(state, found.number);
      break;
    case json_field::type::string:
    case json_field::type::array:
    case json_field::type::object:
      lua_pushlstring(state, found.text.data(), found.text.size());
      break;
  }
  return 1;
}

/// (rec, pointer): "string", "number", ..., nil where there is nothing
int json_type(lua_State* state) {
  constexpr const char* names[] = {nullptr,  "null",   "boolean", "number",
                                   "number", "string", "array",   "object"};
  json_reader& reader = open_json(state, "json_type");
  const json_field found = reader.at(check_pointer(state));
  lua_pushstring(state, names[static_cast<std::size_t>(found.is)]);
  return 1;
}

int is_json(lua_State* state) {
  json_reader& reader = open_json(state, "is_json");
  lua_pushboolean(state, reader.is_valid() ? 1 : 0);
  return 1;
}

// Fields -----------------------------------------------------------------------------------------

void push_client_text(lua_State* state, const tidemill_batch& batch,
                      tidemill_bytes tidemill_client::* text) {
  if (batch.client == nullptr) {
    lua_pushnil(state);
  } else {
    push_bytes(state, batch.client->*text);
  }
}

void push_key_hash(lua_State* state, tidemill_bytes key) {
  if (key.data == nullptr) {
    lua_pushnil(state);
  } else {
    lua_pushinteger(state, sdk::murmur2({key.data, key.size}) & 0x7fffffffU);
  }
}

void push_size(lua_State* state, tidemill_bytes bytes) {
  lua_pushinteger(state, static_cast<lua_Integer>(bytes.data == nullptr ? 0 : bytes.size));
}

void push_offset(lua_State* state, const rule_slot& slot) {
  const tidemill_batch& batch = batch_of(state, slot);
  if (batch.base_offset < 0) {
    lua_pushnil(state);
  } else {
    lua_pushinteger(state, batch.base_offset + slot.record);
  }
}

void push_field(lua_State* state, record_field field) {
  const rule_slot& slot = rule_slot::of(state);
  switch (field) {
    case field_key:
      return push_bytes(state, with_keys(state, slot, "key").keys[slot.record]);
    case field_key_hash:
      return push_key_hash(state, with_keys(state, slot, "key_hash").keys[slot.record]);
    case field_key_size:
      return push_size(state, with_keys(state, slot, "key_size").keys[slot.record]);
    case field_value:
      return push_bytes(state, with_values(state, slot, "value").values[slot.record]);
    case field_value_size:
      return push_size(state, with_values(state, slot, "value_size").values[slot.record]);
    case field_timestamp:
      return lua_pushinteger(state,
                             with_column(state, slot, TIDEMILL_TIMESTAMPS, "timestamp", "timestamp")
                                 .timestamps_ms[slot.record]);
    case field_partition:
      return lua_pushinteger(state, batch_of(state, slot).partition);
    case field_topic:
      return push_bytes(state, batch_of(state, slot).topic->name);
    case field_client_id:
      return push_client_text(state, batch_of(state, slot), &tidemill_client::client_id);
    case field_principal:
      return push_client_text(state, batch_of(state, slot), &tidemill_client::principal_name);
    case field_offset:
      return push_offset(state, slot);
    case field_header_count: {
      const std::uint32_t* const begin =
          with_headers(state, slot, "header_count").header_begin + slot.record;
      return lua_pushinteger(state, begin[1] - begin[0]);
    }
    case field_header:
      return lua_pushcfunction(state, header);
    case field_header_at:
      return lua_pushcfunction(state, header_at);
    case field_json:
      return lua_pushcfunction(state, json);
    case field_json_type:
      return lua_pushcfunction(state, json_type);
    case field_is_json:
      return lua_pushcfunction(state, is_json);
    case field_count:
      break;
  }
  lua_pushnil(state);
}

/// Which of the names that an object's function was made with stands at 2; -1 for another. Short
/// texts are one object each in a state, so that their addresses tell them apart.
int field_asked(lua_State* state, int count) {
  const auto* const names =
      static_cast<const char* const*>(lua_touserdata(state, lua_upvalueindex(1)));
  const char* const wanted = lua_tostring(state, 2);
  for (int at = 0; at < count; ++at) {
    if (names[at] == wanted) {
      return at;
    }
  }
  return -1;
}

const char* asked_name(lua_State* state) {
  const char* const text = lua_tostring(state, 2);
  return text == nullptr ? luaL_typename(state, 2) : text;
}

/// Pushes an object's function with its names, which stay where they are for as long as the array's
/// user value holds them.
void push_index(lua_State* state, lua_CFunction index, const char* const* fields, int count) {
  const auto size = static_cast<std::size_t>(count);
  auto* const names = static_cast<const char**>(lua_newuserdatauv(state, sizeof(char*) * size, 1));
  lua_createtable(state, count, 0);
  for (int at = 0; at < count; ++at) {
    names[at] = lua_pushstring(state, fields[at]);
    lua_rawseti(state, -2, at + 1);
  }
  lua_setiuservalue(state, -2, 1);
  lua_pushcclosure(state, index, 1);
}

int record_index(lua_State* state) {
  const int field = field_asked(state, field_count);
  if (field < 0) {
    no_such_field(state, "rec", asked_name(state), field_names);
  }
  push_field(state, static_cast<record_field>(field));
  return 1;
}

int topic_index(lua_State* state) {
  const rule_slot& slot = rule_slot::of(state);
  const tidemill_topic* const topic = slot.batch != nullptr ? slot.batch->topic
                                      : slot.log != nullptr ? slot.log->topic
                                                            : nullptr;
  if (topic == nullptr) {
    return luaL_error(state, "topic is there only while the rule is asked");
  }
  switch (const int field = field_asked(state, topic_field_count); field) {
    case topic_partitions:
      lua_pushinteger(state, topic->partition_count);
      return 1;
    case topic_name:
      push_bytes(state, topic->name);
      return 1;
    default:
      no_such_field(state, "topic", asked_name(state), topic_field_names);
  }
}

int refuse_change(lua_State* state) {
  return luaL_error(state, "what a rule is shown cannot be changed");
}

}  // namespace

rule_slot& rule_slot::of(lua_State* state) noexcept {
  return *static_cast<rule_slot*>(interpreter::of(state).host_data());
}

void make_object(lua_State* state, const char* name, const char* tag) {
  luaL_checkstack(state, 4, nullptr);
  lua_newuserdatauv(state, 0, 0);
  lua_createtable(state, 0, 4);
  lua_rotate(state, -3, -1);
  lua_setfield(state, -2, "__index");
  lua_pushcfunction(state, refuse_change);
  lua_setfield(state, -2, "__newindex");
  lua_pushstring(state, name);
  lua_setfield(state, -2, "__name");
  lua_pushboolean(state, 0);
  lua_setfield(state, -2, "__metatable");
  lua_setmetatable(state, -2);
  lua_rawsetp(state, LUA_REGISTRYINDEX, tag);
}

void push_object(lua_State* state, const char* tag) {
  lua_rawgetp(state, LUA_REGISTRYINDEX, tag);
}

void make_record_objects(lua_State* state) {
  push_index(state, record_index, field_names, field_count);
  make_object(state, "rec", &record_tag);
  // A table in front of the function: what it holds is found without a call.
  lua_createtable(state, 0, 1);
  lua_createtable(state, 0, 1);
  push_index(state, topic_index, topic_field_names, topic_field_count);
  lua_setfield(state, -2, "__index");
  lua_setmetatable(state, -2);
  lua_pushvalue(state, -1);
  lua_rawsetp(state, LUA_REGISTRYINDEX, &shown_topic_tag);
  make_object(state, "topic", &topic_tag);
}

void show_topic(lua_State* state, const tidemill_topic& topic) {
  lua_rawgetp(state, LUA_REGISTRYINDEX, &shown_topic_tag);
  lua_pushinteger(state, topic.partition_count);
  lua_setfield(state, -2, topic_field_names[topic_partitions]);
  lua_pop(state, 1);
}

}  // namespace tidemill::rules
