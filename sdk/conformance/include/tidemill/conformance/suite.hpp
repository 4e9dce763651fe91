#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

/// What a plugin must do, whatever its kinds are, asked of the file itself. Every test runs in a
/// process of its own, so that a crash is a result like any other.
namespace tidemill::conformance {

enum class verdict { passed, failed, skipped };

/// A test by name, "partitioner.range", and the rule that it is about.
struct test_info {
  std::string name;
  std::string rule;
};

struct test_result {
  std::string name;
  verdict went = verdict::passed;
  /// Failed: what was found and what was expected. Skipped: why. Passed: what was measured, if
  /// anything.
  std::string message;
  std::chrono::milliseconds took{0};
};

/// Values of configuration keys, each as it would stand in the TOML file.
using settings = std::map<std::string, std::string>;

struct run_options {
  std::string path;
  settings config;
  /// Only tests whose names contain this text; empty for all.
  std::string filter;
  /// A test that takes longer has failed.
  std::chrono::seconds deadline{120};
  /// How often life.growth creates and destroys an instance.
  std::uint64_t repetitions = 1'000'000;
  /// For debuggers: no processes, and the first crash ends it all.
  bool in_process = false;
};

[[nodiscard]] std::vector<test_info> all_tests();

/// Runs the tests one after another, in the order of all_tests(), and shows each result as it
/// comes. Call it from a process with one thread: it forks.
std::vector<test_result> run(const run_options& options,
                             const std::function<void(const test_result&)>& show);

/// Calls of malloc() and its like by this process so far. A program that counts them (tidectl does)
/// defines it; otherwise it is not there, and the tests about allocations are skipped.
extern "C" __attribute__((weak)) std::uint64_t tidemill_allocation_count() noexcept;

}  // namespace tidemill::conformance
