#pragma once

#include <CLI/CLI.hpp>

#include "terminal/output.hpp"

namespace tidemill::cli {

/// tidectl produce: records from lines, JSON or whole files.
void add_produce(CLI::App& app, output& out);
/// tidectl consume: records of a topic, by partition or as a member of a group.
void add_consume(CLI::App& app, output& out);

}  // namespace tidemill::cli
