#pragma once

#include <CLI/CLI.hpp>

#include "terminal/output.hpp"

namespace tidemill::cli {

// One file each. They end with 1 for what the broker refuses, 2 for a wrong command line.
void add_group_list(CLI::App& group, output& out);
void add_group_describe(CLI::App& group, output& out);
void add_group_lag(CLI::App& group, output& out);
void add_group_reset(CLI::App& group, output& out);
void add_group_delete(CLI::App& group, output& out);

}  // namespace tidemill::cli
