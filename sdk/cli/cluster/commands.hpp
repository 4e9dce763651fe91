#pragma once

#include <CLI/CLI.hpp>

#include "terminal/output.hpp"

namespace tidemill::cli {

/// tidectl cluster: brokers, and what they lead and store.
void add_cluster(CLI::App& app, output& out);
/// tidectl config list | set: settings of topics and brokers.
void add_config(CLI::App& app, output& out);

}  // namespace tidemill::cli
