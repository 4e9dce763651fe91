#include "rule_file.hpp"

#include <lua.hpp>
#include <utility>

#include "sandbox.hpp"

namespace tidemill::rules {
namespace {

int fill_sandbox(lua_State* state) {
  open_sandbox(state);
  return 0;
}

}  // namespace

std::unique_ptr<interpreter> make_state(rule_slot& slot, std::string& problem) {
  memory_limits limits;
  limits.total_bytes_max = rule_runner::memory_bytes_max;
  auto state = interpreter::make(limits);
  if (state == nullptr) {
    problem = "there is no memory for another rule";
    return nullptr;
  }
  state->set_host_data(&slot);
  if (auto failed = state->run(fill_sandbox, nullptr, rule_program::load_time_max)) {
    problem = std::move(failed->sentence);
    return nullptr;
  }
  return state;
}

std::string run_file(interpreter& state, rule_slot& slot, const std::string& name) {
  slot.is_loading = true;
  auto failed = state.call(0, 1, rule_program::load_time_max);
  slot.is_loading = false;
  if (failed) {
    return (failed->sentence.starts_with(name) ? "" : name + ": ") + failed->sentence;
  }
  return {};
}

}  // namespace tidemill::rules
