#include "tidemill/rules/rule.hpp"

#include <limits>
#include <lua.hpp>
#include <utility>

#include "interpreter.hpp"
#include "rule_definition.hpp"
#include "rule_file.hpp"
#include "rule_slot.hpp"
#include "tidemill/partitioner.h"

namespace tidemill::rules {
namespace {

int take_facts(lua_State* state) {
  *static_cast<rule_facts*>(lua_touserdata(state, 1)) = read_facts(state);
  return 0;
}

/// What a rule's file returns; what is wrong with it, or nothing.
std::string run_rule_file(interpreter& state, rule_slot& slot, const std::string& name) {
  if (std::string problem = run_file(state, slot, name); !problem.empty()) {
    return problem;
  }
  const bool is_one = is_rule(state.raw(), -1);
  const std::string found = luaL_typename(state.raw(), -1);
  lua_settop(state.raw(), 0);
  return is_one ? ""
                : name + ": the file returns " + (found == "nil" ? "nothing" : "a " + found) +
                      "; expected \"return tidemill.partitioner { ... }\", or "
                      "tidemill.retention, or tidemill.validate";
}

}  // namespace

rule_program::outcome rule_program::compile(std::string name, std::string_view source) {
  if (source.size() > source_bytes_max) {
    return {nullptr, name + ": has " + std::to_string(source.size()) +
                         " bytes; a rule has at most " + std::to_string(source_bytes_max)};
  }
  rule_slot slot;
  outcome refused;
  const auto state = make_state(slot, refused.problem);
  if (state == nullptr) {
    return refused;
  }
  if (auto failed = state->load_source(source, name)) {
    return {nullptr, std::move(failed->sentence)};
  }
  auto made = std::make_shared<rule_program>();
  auto code = state->dump();
  if (!code) {
    return {nullptr, name + ": there is no memory to compile it"};
  }
  if (std::string problem = run_rule_file(*state, slot, name); !problem.empty()) {
    return {nullptr, std::move(problem)};
  }
  if (auto failed = state->run(take_facts, &made->facts, load_time_max)) {
    return {nullptr, std::move(failed->sentence)};
  }
  made->code = std::move(*code);
  made->name = std::move(name);
  made->source = source;
  return {std::move(made), {}};
}

// Running ----------------------------------------------------------------------------------------

struct rule_runner::body {
  // Shared with other runners.
  std::shared_ptr<const rule_program> program;
  // Goes after the state, which reads from it.
  std::unique_ptr<rule_slot> slot = std::make_unique<rule_slot>();
  std::unique_ptr<interpreter> state;

  struct task;
  [[nodiscard]] std::optional<fault> run(task& what, lua_CFunction loop,
                                         std::chrono::nanoseconds budget);
};

struct rule_runner::body::task {
  const rule_program& program;
  const tidemill_batch* batch = nullptr;
  std::int32_t* partitions = nullptr;
  const tidemill_rejections* rejections = nullptr;
  const tidemill_log* log = nullptr;
  std::uint8_t* votes = nullptr;
  /// Of the first record that a partitioner has rejected.
  rejection_reason reason = {};

  [[nodiscard]] static task& of(lua_State* state) noexcept {
    return *static_cast<task*>(lua_touserdata(state, 1));
  }
};

namespace {

constexpr int function_at = 2;
constexpr int first_at = 3;
constexpr int second_at = 4;

/// Function and arguments, to be copied for each call.
void prepare(lua_State* state, const char* first, const char* second) {
  luaL_checkstack(state, 12, nullptr);
  push_rule_function(state);
  push_object(state, first);
  push_object(state, second);
}

void ask(lua_State* state) {
  lua_settop(state, second_at);
  lua_pushvalue(state, function_at);
  lua_pushvalue(state, first_at);
  lua_pushvalue(state, second_at);
  lua_call(state, 2, 1);
}

int refuse_answer(lua_State* state, const char* function, const char* expected) {
  return luaL_error(state, "%s has returned %s, expected %s", function,
                    lua_isnil(state, -1) ? "nothing" : luaL_tolstring(state, -1, nullptr),
                    expected);
}

/// The partition that stands on top of the stack.
std::int32_t read_partition(lua_State* state) {
  constexpr const char* expected = "the number of a partition, any or reject('why')";
  if (lua_type(state, -1) == LUA_TNUMBER) {
    int is_whole = 0;
    const lua_Integer number = lua_tointegerx(state, -1, &is_whole);
    if (is_whole == 0) {
      refuse_answer(state, "partition", expected);
    }
    // What does not fit is out of range in any topic.
    constexpr auto largest = std::numeric_limits<std::int32_t>::max();
    return number < 0 || number > largest ? largest : static_cast<std::int32_t>(number);
  }
  switch (decision_at(state, -1)) {
    case decision::any:
      return TIDEMILL_PARTITION_ANY;
    case decision::reject:
      return TIDEMILL_PARTITION_REJECT;
    case decision::none:
    case decision::keep:
    case decision::remove:
    case decision::unknown:
      break;
  }
  refuse_answer(state, "partition", expected);
  return 0;
}

}  // namespace

rule_runner::rule_runner(std::unique_ptr<body> made) : body_(std::move(made)) {}
rule_runner::~rule_runner() = default;

rule_runner::outcome rule_runner::open(std::shared_ptr<const rule_program> program) {
  auto made = std::make_unique<body>();
  made->program = std::move(program);
  outcome refused;
  made->state = make_state(*made->slot, refused.problem);
  if (made->state == nullptr) {
    return refused;
  }
  const rule_program& what = *made->program;
  if (auto failed = made->state->load_dumped(what.code, what.name)) {
    return {nullptr, std::move(failed->sentence)};
  }
  if (std::string problem = run_rule_file(*made->state, *made->slot, what.name); !problem.empty()) {
    return {nullptr, std::move(problem)};
  }
  made->slot->columns = what.facts.columns;
  return {std::unique_ptr<rule_runner>(new rule_runner(std::move(made))), {}};
}

std::optional<fault> rule_runner::body::run(task& what, lua_CFunction loop,
                                            std::chrono::nanoseconds budget) {
  slot->batch = what.batch;
  slot->log = what.log;
  slot->json_record = ~std::uint64_t{0};
  auto failed = state->run(loop, &what, budget);
  slot->batch = nullptr;
  slot->log = nullptr;
  state->collect_some();
  if (failed && !failed->sentence.starts_with(program->name)) {
    failed->sentence = program->name + ": " + failed->sentence;
  }
  return failed;
}

namespace {

/// What one more record adds to the time of the call.
std::chrono::nanoseconds time_for(const tidemill_batch& batch, std::uint32_t at) noexcept {
  const std::size_t bytes = batch.values == nullptr ? 0 : batch.values[at].size;
  return rule_runner::record_time_max + bytes * rule_runner::byte_time_max;
}

}  // namespace

std::optional<fault> rule_runner::choose(const tidemill_batch& batch, std::int32_t* partitions) {
  const auto loop = [](lua_State* state) -> int {
    body::task& here = body::task::of(state);
    rule_slot& slot = rule_slot::of(state);
    show_topic(state, *here.batch->topic);
    prepare(state, &record_tag, &topic_tag);
    const bool takes_null_keys = here.program.facts.takes_null_keys;
    bool has_reason = false;
    for (std::uint32_t at = 0; at < here.batch->record_count; ++at) {
      if (!takes_null_keys && here.batch->keys != nullptr && here.batch->keys[at].data == nullptr) {
        continue;  // no rule can follow from a key that is not there
      }
      slot.record = at;
      interpreter::of(state).extend(time_for(*here.batch, at));
      ask(state);
      here.partitions[at] = read_partition(state);
      if (here.partitions[at] == TIDEMILL_PARTITION_REJECT && !has_reason) {
        here.reason = slot.reason;
        has_reason = true;
      }
      interpreter::of(state).collect_when_full();
    }
    return 0;
  };
  body::task what{.program = *body_->program, .batch = &batch, .partitions = partitions};
  auto failed = body_->run(what, loop, call_time_max);
  body_->slot->reason = what.reason;
  return failed;
}

std::optional<fault> rule_runner::validate(const tidemill_batch& batch,
                                           const tidemill_rejections& rejections) {
  const auto loop = [](lua_State* state) -> int {
    body::task& here = body::task::of(state);
    rule_slot& slot = rule_slot::of(state);
    show_topic(state, *here.batch->topic);
    prepare(state, &record_tag, &topic_tag);
    for (std::uint32_t at = 0; at < here.batch->record_count; ++at) {
      slot.record = at;
      interpreter::of(state).extend(time_for(*here.batch, at));
      ask(state);
      switch (decision_at(state, -1)) {
        case decision::none:
          break;
        case decision::reject: {
          const std::string_view why = slot.reason.text();
          here.rejections->reject(here.rejections, at,
                                  {reinterpret_cast<const std::uint8_t*>(why.data()), why.size()});
          break;
        }
        case decision::any:
        case decision::keep:
        case decision::remove:
        case decision::unknown:
          return refuse_answer(state, "record", "nothing, or reject('why')");
      }
      interpreter::of(state).collect_when_full();
    }
    return 0;
  };
  body::task what{.program = *body_->program, .batch = &batch, .rejections = &rejections};
  return body_->run(what, loop, call_time_max);
}

std::optional<fault> rule_runner::vote(const tidemill_log& log, std::uint8_t* votes) {
  const auto loop = [](lua_State* state) -> int {
    body::task& here = body::task::of(state);
    rule_slot& slot = rule_slot::of(state);
    prepare(state, &segment_tag, &log_tag);
    for (std::uint32_t at = 0; at < here.log->segment_count; ++at) {
      slot.segment = at;
      ask(state);
      const decision what = decision_at(state, -1);
      if (what == decision::keep || what == decision::none) {
        return 0;
      }
      if (what != decision::remove) {
        return refuse_answer(state, "segment", "keep or delete");
      }
      here.votes[at] = TIDEMILL_REMOVE;
    }
    return 0;
  };
  body::task what{.program = *body_->program, .log = &log, .votes = votes};
  return body_->run(what, loop, vote_time_max);
}

std::string_view rule_runner::reason() const noexcept {
  return body_->slot->reason.text();
}

std::size_t rule_runner::memory_bytes() const noexcept {
  return body_->state->used_bytes();
}

const rule_program& rule_runner::program() const noexcept {
  return *body_->program;
}

}  // namespace tidemill::rules
