#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "extension/rule_source.hpp"

namespace tidemill::extension {

/// A value of an instance's configuration as it was written: TOML knows types, the environment and
/// --set have only text and say so with `untyped`.
struct untyped {
  std::string text;
  friend bool operator==(const untyped&, const untyped&) = default;
};
using written_value = std::variant<untyped, std::string, std::int64_t, double, bool,
                                   std::vector<std::string>, std::vector<std::int64_t>>;
using written_config = std::map<std::string, written_value, std::less<>>;

/// What happens to a batch when the plugin that should judge it cannot.
enum class failure_answer : std::uint8_t {
  by_kind,  ///< a partitioner lets it pass, a transform refuses it
  open,     ///< it passes
  closed    ///< it is refused
};

/// One [[extension]] of the configuration, or a plugin that is used without one.
struct instance_settings {
  std::string name;
  std::string plugin;
  /// The broker does not start without it.
  bool is_required = false;
  failure_answer on_error = failure_answer::by_kind;
  std::uint64_t memory_bytes_max = 64U << 20;
  /// A call that takes longer is a fault; for batches a microsecond for each record is added.
  std::chrono::nanoseconds call_time_max = std::chrono::milliseconds(1);
  written_config config;

  friend bool operator==(const instance_settings&, const instance_settings&) = default;
};

/// What the broker's configuration asks for.
struct wanted_extensions {
  /// Searched in this order; of files of one name the first counts. One that is not there is a
  /// problem.
  std::vector<std::string> directories;
  /// Searched after those, where they are there: what the broker was installed with.
  std::vector<std::string> shipped_directories;
  /// In the order of the configuration, names unique.
  std::vector<instance_settings> instances;
  wanted_rules rules;
};

}  // namespace tidemill::extension
