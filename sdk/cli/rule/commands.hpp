#pragma once

#include <CLI/CLI.hpp>

#include "terminal/output.hpp"

namespace tidemill::cli {

/// check, test and bench, which need no broker.
void add_rule_checks(CLI::App& rule, output& out);
/// apply, list, show, history, rollback, remove and disable, which ask the broker.
void add_rule_broker_commands(CLI::App& rule, output& out);

/// dry-run, which reads real records through Kafka's protocol.
void add_rule_dry_run(CLI::App& rule, output& out);

}  // namespace tidemill::cli
