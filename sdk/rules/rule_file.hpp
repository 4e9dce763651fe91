#pragma once

#include <memory>
#include <string>

#include "interpreter.hpp"
#include "rule_slot.hpp"

namespace tidemill::rules {

/// A state with the sandbox in it; nullptr with a problem.
[[nodiscard]] std::unique_ptr<interpreter> make_state(rule_slot& slot, std::string& problem);

/// Runs the file whose function is on top of the stack, and leaves its result there; what is wrong
/// with it, or nothing.
[[nodiscard]] std::string run_file(interpreter& state, rule_slot& slot, const std::string& name);

}  // namespace tidemill::rules
