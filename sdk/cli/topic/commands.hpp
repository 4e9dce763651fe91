#pragma once

#include <CLI/CLI.hpp>

#include "terminal/output.hpp"

namespace tidemill::cli {

// One file each. They end with 1 for what the broker refuses, 2 for a wrong command line.
void add_topic_create(CLI::App& topic, output& out);
void add_topic_list(CLI::App& topic, output& out);
void add_topic_describe(CLI::App& topic, output& out);
void add_topic_alter(CLI::App& topic, output& out);
void add_topic_delete(CLI::App& topic, output& out);
void add_topic_grow(CLI::App& topic, output& out);
void add_topic_trim(CLI::App& topic, output& out);

}  // namespace tidemill::cli
