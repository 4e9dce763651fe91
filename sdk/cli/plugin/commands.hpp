#pragma once

#include <CLI/CLI.hpp>

#include "terminal/output.hpp"

/// Each command registers itself with its options and an example, and is run by the callback of its
/// subcommand. What it has to say goes through `output`, as JSON or as text.
namespace tidemill::cli {

void add_new(CLI::App& plugin, output& out);
void add_inspect(CLI::App& plugin, output& out);
void add_validate(CLI::App& plugin, output& out);
void add_bench(CLI::App& plugin, output& out);
/// list, reload and disable, which ask the broker.
void add_broker_commands(CLI::App& plugin, output& out);

}  // namespace tidemill::cli
