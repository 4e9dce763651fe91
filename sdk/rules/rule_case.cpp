#include "tidemill/rules/rule_case.hpp"

#include <array>
#include <cstring>
#include <lua.hpp>

#include "decisions.hpp"
#include "locked_table.hpp"
#include "rule_file.hpp"
#include "tidemill/partitioner.h"

namespace tidemill::rules {
namespace {

constexpr std::size_t cases_max = 1000;
constexpr const char* case_fields[] = {"name",      "record",   "topic", "partitions", "partition",
                                       "client_id", "segments", "log",   "expect",     nullptr};
constexpr const char* record_fields[] = {"key", "value", "headers", "timestamp", nullptr};
constexpr const char* segment_fields[] = {"age", "size", "base_offset", "last_offset", nullptr};
constexpr const char* log_fields[] = {"now",          "disk_free",       "disk_total",
                                      "retention_ms", "retention_bytes", "min_committed_offset",
                                      nullptr};

/// Refuses fields that there are not, so that a case that is misspelt does not pass by accident.
void check_fields(lua_State* state, const char* object, const char* const* known) {
  luaL_checktype(state, -1, LUA_TTABLE);
  lua_pushnil(state);
  while (lua_next(state, -2) != 0) {
    lua_pop(state, 1);
    const char* const found =
        lua_type(state, -1) == LUA_TSTRING ? lua_tostring(state, -1) : luaL_typename(state, -1);
    bool is_known = false;
    for (const char* const* one = known; *one != nullptr; ++one) {
      is_known = is_known || std::strcmp(*one, found) == 0;
    }
    if (!is_known) {
      no_such_field(state, object, found, known);
    }
  }
}

void take_text(lua_State* state, const char* field, std::string& into) {
  std::size_t size = 0;
  if (lua_getfield(state, -1, field) != LUA_TNIL) {
    const char* const text = lua_tolstring(state, -1, &size);
    into.assign(text == nullptr ? "" : text, size);
  }
  lua_pop(state, 1);
}

void take_text(lua_State* state, const char* field, std::optional<std::string>& into) {
  std::size_t size = 0;
  if (lua_getfield(state, -1, field) != LUA_TNIL) {
    const char* const text = lua_tolstring(state, -1, &size);
    into.emplace(text == nullptr ? "" : text, size);
  }
  lua_pop(state, 1);
}

template <class Number>
void take_number(lua_State* state, const char* field, Number& into) {
  if (lua_getfield(state, -1, field) != LUA_TNIL) {
    if (lua_type(state, -1) != LUA_TNUMBER) {
      luaL_error(state, "%s is a number, found a %s", field, luaL_typename(state, -1));
    }
    into = static_cast<Number>(lua_tonumber(state, -1));
  }
  lua_pop(state, 1);
}

/// { region = "eu" }, or { { "region", "eu" }, ... } where the order or a second one matters.
void take_headers(lua_State* state, rule_case::record& into) {
  if (lua_getfield(state, -1, "headers") == LUA_TTABLE) {
    lua_pushnil(state);
    while (lua_next(state, -2) != 0) {
      std::size_t name_size = 0;
      std::size_t value_size = 0;
      if (lua_type(state, -1) == LUA_TTABLE) {
        lua_rawgeti(state, -1, 1);
        lua_rawgeti(state, -2, 2);
      } else {
        lua_pushvalue(state, -2);
        lua_pushvalue(state, -2);
      }
      const char* const name = luaL_checklstring(state, -2, &name_size);
      const char* const value = lua_tolstring(state, -1, &value_size);
      into.headers.emplace_back(
          std::string(name, name_size),
          value == nullptr ? std::nullopt : std::optional(std::string(value, value_size)));
      lua_pop(state, 3);
    }
  }
  lua_pop(state, 1);
}

void take_record(lua_State* state, rule_case& into) {
  if (lua_getfield(state, -1, "record") != LUA_TNIL) {
    check_fields(state, "record", record_fields);
    take_text(state, "key", into.shown.key);
    take_text(state, "value", into.shown.value);
    take_number(state, "timestamp", into.shown.timestamp);
    take_headers(state, into.shown);
  }
  lua_pop(state, 1);
}

void take_segments(lua_State* state, rule_case& into) {
  if (lua_getfield(state, -1, "segments") == LUA_TTABLE) {
    for (lua_Integer at = 1; lua_rawgeti(state, -1, at) != LUA_TNIL; ++at) {
      check_fields(state, "segment", segment_fields);
      rule_case::segment& one = into.segments.emplace_back();
      take_number(state, "age", one.age);
      take_number(state, "size", one.size);
      take_number(state, "base_offset", one.base_offset);
      take_number(state, "last_offset", one.last_offset);
      lua_pop(state, 1);
    }
    lua_pop(state, 1);
  }
  lua_pop(state, 1);
}

void take_log(lua_State* state, rule_case& into) {
  if (lua_getfield(state, -1, "log") != LUA_TNIL) {
    check_fields(state, "log", log_fields);
    take_number(state, "now", into.now);
    take_number(state, "disk_free", into.disk_free);
    take_number(state, "disk_total", into.disk_total);
    take_number(state, "retention_ms", into.retention_ms);
    take_number(state, "retention_bytes", into.retention_bytes);
    if (lua_getfield(state, -1, "min_committed_offset") == LUA_TNUMBER) {
      into.min_committed_offset = lua_tointeger(state, -1);
    }
    lua_pop(state, 1);
  }
  lua_pop(state, 1);
}

/// The decision on top of the stack, in words.
std::string word_of(lua_State* state) {
  if (lua_type(state, -1) == LUA_TNUMBER || lua_type(state, -1) == LUA_TSTRING) {
    lua_pushvalue(state, -1);
    std::string word = lua_tostring(state, -1);
    lua_pop(state, 1);
    return word;
  }
  switch (decision_at(state, -1)) {
    case decision::any:
      return "any";
    case decision::keep:
      return "keep";
    case decision::remove:
      return "delete";
    case decision::reject:
      return "reject";
    case decision::none:
    case decision::unknown:
      break;
  }
  return {};
}

void take_expected(lua_State* state, rule_case& into) {
  if (lua_getfield(state, -1, "expect") == LUA_TTABLE) {
    for (lua_Integer at = 1; lua_rawgeti(state, -1, at) != LUA_TNIL; ++at) {
      into.expected.push_back(word_of(state));
      lua_pop(state, 1);
    }
    lua_pop(state, 1);
  } else {
    into.expected.push_back(word_of(state));
  }
  lua_pop(state, 1);
  for (const std::string& word : into.expected) {
    if (word.empty()) {
      luaL_error(state,
                 "expect of a case is a partition, any, keep, delete, \"pass\" or "
                 "\"reject: why\", or a list of them");
    }
  }
}

int take_cases(lua_State* state) {
  auto& into = *static_cast<std::vector<rule_case>*>(lua_touserdata(state, 1));
  lua_rawgetp(state, LUA_REGISTRYINDEX, &into);
  luaL_checktype(state, -1, LUA_TTABLE);
  for (lua_Integer at = 1; lua_rawgeti(state, -1, at) != LUA_TNIL; ++at) {
    if (into.size() >= cases_max) {
      return luaL_error(state, "more than %d cases", static_cast<int>(cases_max));
    }
    check_fields(state, "case", case_fields);
    rule_case& one = into.emplace_back();
    one.name = "case " + std::to_string(at);
    take_text(state, "name", one.name);
    take_text(state, "topic", one.topic);
    take_text(state, "client_id", one.client_id);
    take_number(state, "partitions", one.partitions);
    take_number(state, "partition", one.partition);
    take_record(state, one);
    take_segments(state, one);
    take_log(state, one);
    take_expected(state, one);
    lua_pop(state, 1);
  }
  return 0;
}

tidemill_bytes bytes_of(const std::string& text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

tidemill_bytes bytes_of(const std::optional<std::string>& text) noexcept {
  // Of an empty text, too, the data is not null.
  return text ? bytes_of(*text) : tidemill_bytes{};
}

tidemill_topic topic_of(const rule_case& about) noexcept {
  tidemill_topic topic{};
  topic.struct_size = sizeof topic;
  topic.partition_count = about.partitions;
  topic.name = bytes_of(about.topic);
  return topic;
}

/// A batch of the case's one record.
struct shown_batch {
  explicit shown_batch(const rule_case& about)
      : topic(topic_of(about)), key(bytes_of(about.shown.key)), value(bytes_of(about.shown.value)) {
    for (const auto& [name, content] : about.shown.headers) {
      names.push_back(bytes_of(name));
      contents.push_back(bytes_of(content));
    }
    ends[1] = static_cast<std::uint32_t>(names.size());
    client.struct_size = sizeof client;
    client.client_id = bytes_of(about.client_id);
    view.struct_size = sizeof view;
    view.record_count = 1;
    view.columns = TIDEMILL_KEYS | TIDEMILL_VALUES | TIDEMILL_HEADERS | TIDEMILL_TIMESTAMPS;
    view.topic = &topic;
    view.client = &client;
    view.partition = about.partition;
    view.base_offset = -1;
    view.keys = &key;
    view.values = &value;
    view.timestamps_ms = &about.shown.timestamp;
    view.header_begin = ends.data();
    view.header_names = names.data();
    view.header_values = contents.data();
  }

  tidemill_topic topic;
  tidemill_client client{};
  tidemill_bytes key;
  tidemill_bytes value;
  std::vector<tidemill_bytes> names;
  std::vector<tidemill_bytes> contents;
  std::array<std::uint32_t, 2> ends{};
  tidemill_batch view{};
};

std::vector<std::string> decide_partition(rule_runner& rule, const rule_case& about) {
  const shown_batch batch(about);
  std::int32_t partition = TIDEMILL_PARTITION_ANY;
  if (const auto failed = rule.choose(batch.view, &partition)) {
    return {"error: " + failed->sentence};
  }
  if (partition == TIDEMILL_PARTITION_ANY) {
    return {"any"};
  }
  if (partition == TIDEMILL_PARTITION_REJECT) {
    return {"reject: " + std::string(rule.reason())};
  }
  return {std::to_string(partition) + (partition < about.partitions ? "" : " (out of range)")};
}

std::vector<std::string> decide_validity(rule_runner& rule, const rule_case& about) {
  const shown_batch batch(about);
  std::string decided = "pass";
  const tidemill_rejections rejections{
      sizeof rejections, 0, &decided,
      [](const tidemill_rejections* to, std::uint32_t, tidemill_bytes reason) {
        static_cast<std::string*>(to->context)
            ->assign("reject: ")
            .append(reinterpret_cast<const char*>(reason.data), reason.size);
      }};
  if (const auto failed = rule.validate(batch.view, rejections)) {
    return {"error: " + failed->sentence};
  }
  return {decided};
}

std::vector<std::string> decide_retention(rule_runner& rule, const rule_case& about) {
  const tidemill_topic topic = topic_of(about);
  std::vector<std::int64_t> base;
  std::vector<std::int64_t> end;
  std::vector<std::int64_t> size;
  std::vector<std::int64_t> newest;
  std::vector<std::uint32_t> flags(about.segments.size(), 0);
  tidemill_log log{};
  for (const rule_case::segment& one : about.segments) {
    base.push_back(one.base_offset);
    end.push_back(one.last_offset + 1);
    size.push_back(one.size);
    newest.push_back(about.now - one.age);
    log.size_bytes += one.size;
  }
  if (!flags.empty()) {
    flags.back() = TIDEMILL_SEGMENT_ACTIVE;
    log.log_start_offset = base.front();
    log.log_end_offset = log.high_watermark = log.last_stable_offset = end.back();
  }
  log.struct_size = sizeof log;
  log.topic = &topic;
  log.segment_count = static_cast<std::uint32_t>(about.segments.size());
  log.now_ms = about.now;
  log.retention_ms = about.retention_ms;
  log.retention_bytes = about.retention_bytes;
  log.disk_free_bytes = about.disk_free;
  log.disk_total_bytes = about.disk_total;
  log.base_offsets = base.data();
  log.end_offsets = end.data();
  log.sizes_bytes = size.data();
  log.newest_timestamps_ms = newest.data();
  log.segment_flags = flags.data();
  log.group_count = about.min_committed_offset ? 1 : 0;
  const std::int64_t committed = about.min_committed_offset.value_or(-1);
  log.group_offsets = &committed;
  std::vector<std::uint8_t> votes(about.segments.size(), TIDEMILL_KEEP);
  if (const auto failed = rule.vote(log, votes.data())) {
    return {"error: " + failed->sentence};
  }
  std::vector<std::string> decided;
  for (const std::uint8_t one : votes) {
    decided.emplace_back(one == TIDEMILL_REMOVE ? "delete" : "keep");
  }
  return decided;
}

}  // namespace

rule_cases read_cases(const std::string& name, std::string_view source) {
  rule_cases read;
  rule_slot slot;
  const auto state = make_state(slot, read.problem);
  if (state == nullptr) {
    return read;
  }
  if (auto failed = state->load_source(source, name)) {
    read.problem = std::move(failed->sentence);
    return read;
  }
  read.problem = run_file(*state, slot, name);
  if (!read.problem.empty()) {
    return read;
  }
  if (lua_type(state->raw(), -1) != LUA_TTABLE) {
    read.problem = name + ": a file of cases returns a table of them";
    return read;
  }
  lua_rawsetp(state->raw(), LUA_REGISTRYINDEX, &read.cases);
  if (const auto failed = state->run(take_cases, &read.cases, rule_program::load_time_max)) {
    read.problem = name + ", case " + std::to_string(read.cases.size()) + ": " + failed->sentence;
  }
  return read;
}

std::vector<std::string> decide(rule_runner& rule, const rule_case& about) {
  switch (rule.program().facts.kind) {
    case rule_kind::partitioner:
      return decide_partition(rule, about);
    case rule_kind::retention:
      return decide_retention(rule, about);
    case rule_kind::validate:
      break;
  }
  return decide_validity(rule, about);
}

bool agrees(const std::vector<std::string>& expected, const std::vector<std::string>& decided) {
  if (expected.size() != decided.size()) {
    return false;
  }
  for (std::size_t at = 0; at < expected.size(); ++at) {
    const bool any_reason = expected[at] == "reject" && decided[at].starts_with("reject: ");
    if (!any_reason && expected[at] != decided[at]) {
      return false;
    }
  }
  return true;
}

}  // namespace tidemill::rules
