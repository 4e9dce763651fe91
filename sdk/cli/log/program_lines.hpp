#pragma once

#include <functional>
#include <string>
#include <vector>

#include "terminal/output.hpp"

namespace tidemill::cli {

/// Runs a program and hands over each line that it prints; its stderr is ours. Returns its exit
/// status. A problem where it cannot be run or was ended by a signal. Blocks.
[[nodiscard]] outcome<int> run_program(const std::string& path,
                                       const std::vector<std::string>& arguments,
                                       const std::function<void(const std::string&)>& see);

/// The path of a program that is installed beside this one; its bare name, for PATH, where it is
/// not.
[[nodiscard]] std::string program_beside(const std::string& name);

}  // namespace tidemill::cli
