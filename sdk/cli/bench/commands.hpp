#pragma once

#include <CLI/CLI.hpp>

#include "terminal/output.hpp"

namespace tidemill::cli {

// Against any broker that speaks Kafka's protocol. One file each.
void add_bench_produce(CLI::App& bench, output& out);
void add_bench_consume(CLI::App& bench, output& out);
void add_bench_latency(CLI::App& bench, output& out);

}  // namespace tidemill::cli
