#pragma once

#include <CLI/CLI.hpp>

#include "terminal/output.hpp"

namespace tidemill::cli {

/// tidectl log dump: what stands in the files of a log, without a broker.
void add_log_dump(CLI::App& log, output& out);

}  // namespace tidemill::cli
