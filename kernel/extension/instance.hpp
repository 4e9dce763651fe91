#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "extension/descriptor.hpp"
#include "extension/host_handle.hpp"
#include "extension/problem.hpp"
#include "extension/wanted_extensions.hpp"
#include "io/event_loop.hpp"

namespace tidemill::extension {

/// A plugin's file in the process. Never goes before the process does.
struct loaded_plugin {
  descriptor about;
  /// Of the file's content; where that lies now stands in the extension_set.
  std::string sha256;
  /// What its load() was given.
  std::unique_ptr<host_handle> host;
};

/// One configuration of a plugin, ready to be used by all shards; never changes. Made and destroyed
/// on the control thread.
class instance {
 public:
  /// Checks the configuration and calls create(). The sentence says what was wrong, without the
  /// names of instance and plugin.
  [[nodiscard]] static outcome<std::unique_ptr<instance>> make(
      std::shared_ptr<const loaded_plugin> from, instance_settings settings,
      const host_environment& environment);
  ~instance();
  instance(const instance&) = delete;
  instance& operator=(const instance&) = delete;

  [[nodiscard]] const loaded_plugin& plugin() const noexcept { return *plugin_; }
  [[nodiscard]] const descriptor& about() const noexcept { return plugin_->about; }
  [[nodiscard]] const instance_settings& settings() const noexcept { return settings_; }
  /// Stays for good: crash notes point to it.
  [[nodiscard]] const std::string& name() const noexcept { return lasting_name_; }
  [[nodiscard]] host_handle& host() const noexcept { return *host_; }
  [[nodiscard]] tidemill_instance* raw() const noexcept { return raw_; }
  /// TIDEMILL_KEYS ... that the kind reads; of partitioners and transforms.
  [[nodiscard]] std::uint32_t columns(kind which) const noexcept;
  /// Two with the same decide alike.
  [[nodiscard]] std::uint64_t fingerprint() const noexcept { return fingerprint_; }

 private:
  instance(std::shared_ptr<const loaded_plugin> from, instance_settings settings,
           std::unique_ptr<host_handle> host);
  [[nodiscard]] outcome<void> create();
  [[nodiscard]] outcome<void> ask_needs();

  // Shared with the store and the other instances of the plugin.
  std::shared_ptr<const loaded_plugin> plugin_;
  instance_settings settings_;
  const std::string& lasting_name_;
  std::unique_ptr<host_handle> host_;
  tidemill_instance* raw_ = nullptr;
  bool is_created_ = false;
  std::uint32_t partitioner_columns_ = 0;
  std::uint32_t transform_columns_ = 0;
  std::uint64_t fingerprint_ = 0;
};

/// What calls on one shard work with. Opened, used and closed on one thread.
class shard_state {
 public:
  /// Calls shard_open(). `index` as tidemill_plugin.shard_open has it.
  [[nodiscard]] static outcome<std::unique_ptr<shard_state>> open(
      std::shared_ptr<const instance> of, std::uint32_t index);
  ~shard_state();
  shard_state(const shard_state&) = delete;
  shard_state& operator=(const shard_state&) = delete;

  [[nodiscard]] tidemill_shard* raw() const noexcept { return raw_; }
  [[nodiscard]] const instance& of() const noexcept { return *instance_; }

 private:
  explicit shard_state(std::shared_ptr<const instance> of) : instance_(std::move(of)) {}

  // Shared with the other shards; goes when the last of them has closed its state.
  std::shared_ptr<const instance> instance_;
  tidemill_shard* raw_ = nullptr;
  bool is_open_ = false;
};

}  // namespace tidemill::extension
