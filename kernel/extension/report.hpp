#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "extension/call_figures.hpp"
#include "extension/hang_watch.hpp"
#include "extension/kind.hpp"
#include "extension/plugin_metrics.hpp"

namespace tidemill::extension {

/// What there is of one kind of an extension, all shards together.
struct kind_report {
  kind which = kind::partitioner;
  /// breaker_state is the worst of all shards.
  call_figures figures;
};

/// One name that topics may use, or use.
struct instance_report {
  std::string name;
  /// Empty where nobody holds the name, though topics use it.
  std::string plugin;
  std::string version;
  std::uint64_t fingerprint = 0;
  /// It can be named by topics from now on; false for one that only goes on for those that do.
  bool is_current = false;
  bool is_disabled = false;
  std::vector<kind_report> kinds;
  /// Key and value as people are shown them; secrets are "***".
  std::vector<std::pair<std::string, std::string>> config;
  std::uint64_t memory_bytes = 0;
  std::vector<metric_reading> metrics;
  /// Records in wrong partitions, by client id.
  std::vector<std::pair<std::string, std::uint64_t>> mismatches;
};

struct plugin_report {
  std::string name;
  std::string version;
  std::string licence;
  std::string summary;
  std::string path;
  std::string sha256;
  std::vector<std::string> kinds;
  std::vector<std::string> required_keys;
  std::vector<metric_reading> metrics;
};

struct extension_report {
  std::vector<std::string> directories;
  std::vector<plugin_report> plugins;
  std::vector<instance_report> instances;
  /// Of the last look.
  std::vector<std::string> problems;
  /// Looks since the start, the first one included.
  std::uint64_t loads = 0;
  /// Files mapped into the process, those that were replaced included.
  std::uint64_t mapped_files = 0;
  /// Of the last look_for_hanging_calls().
  std::vector<hanging_call> hanging;
};

}  // namespace tidemill::extension
