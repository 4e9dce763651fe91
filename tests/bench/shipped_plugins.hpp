#pragma once
// The plugins of the build, loaded as the broker loads them. For benchmarks.

#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "extension/plugin_store.hpp"
#include "io/posix_disk.hpp"
#include "io/system_clock.hpp"

namespace tidemill::bench {

namespace fs = std::filesystem;

class silent_log final : public extension::extension_log {
 public:
  void write(extension::line_level, std::string_view, std::string_view,
             std::string_view) noexcept override {}
  [[nodiscard]] bool is_on(extension::line_level) const noexcept override { return false; }
};

class calling_pool final : public io::blocking_pool {
 public:
  void submit(io::task work) override { work(); }
};

/// A store over one directory, with everything that it needs.
struct loader {
  io::system_clock clock;
  silent_log log;
  extension::completions calls;
  extension::metric_names names;
  extension::host_environment environment{clock, log, calls, names, 1, "0.1.0"};
  calling_pool control;
  std::unique_ptr<io::disk> disk = io::make_posix_disk();
  fs::path home = fs::temp_directory_path() / ("tidemill-bench-" + std::to_string(::getpid()));
  extension::plugin_store store{*disk, control, environment, (home / "copies").string()};

  loader() { fs::create_directories(home); }
  ~loader() { fs::remove_all(home); }

  [[nodiscard]] std::shared_ptr<const extension::extension_set> load(const std::string& directory) {
    extension::wanted_extensions wanted;
    wanted.directories = {directory};
    return store.load(wanted, nullptr);
  }
};

inline loader& shared() {
  static loader made;
  return made;
}

/// The instance of a plugin that does without configuration; nullptr: it is not built.
inline std::shared_ptr<const extension::instance> shipped(const std::string& name) {
  static const auto all = shared().load(TIDEMILL_PLUGIN_DIRECTORY);
  const auto found = all->instances.find(name);
  return found == all->instances.end() ? nullptr : found->second;
}

}  // namespace tidemill::bench
