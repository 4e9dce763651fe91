#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "host.hpp"
#include "test.hpp"
#include "tidemill/plugin.h"
#include "tidemill/testkit/plugin_file.hpp"

namespace tidemill::conformance {

/// A thread that does one thing at a time while its owner waits.
class worker {
 public:
  worker();
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;
  ~worker();

  /// Runs `work` on the thread, and throws what it throws.
  void run(const std::function<void()>& work);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  const std::function<void()>* work_ = nullptr;
  std::exception_ptr thrown_;
  bool is_done_ = false;
  bool is_ending_ = false;
  std::thread thread_;
};

/// A caller-owned error, in front of memory that nobody may touch.
class error_room {
 public:
  explicit error_room(std::size_t younger_by_bytes = 0);
  [[nodiscard]] tidemill_error* raw() noexcept;
  [[nodiscard]] std::string message();

 private:
  guarded<std::uint8_t> room_;
};

/// Throws call_failed unless the status is OK.
void expect_ok(const char* function, tidemill_status status, error_room& why);

/// Values for each key: those given, else the defaults that the plugin declares.
[[nodiscard]] config_map config_of(const tidemill_plugin& plugin, const settings& given);

/// A loaded plugin with one instance and two shard states, each on a thread of its own, as a broker
/// keeps them. Throws fault where load(), create() or shard_open() fails.
class stage {
 public:
  explicit stage(const context& given, host_form form = {});
  stage(const testkit::plugin_file& file, config_map config, host_form form);
  stage(const stage&) = delete;
  stage& operator=(const stage&) = delete;
  ~stage();

  /// The table of a kind; throws not_applicable where the plugin does not implement it.
  template <class Table>
  [[nodiscard]] const Table& table(const char* id) const {
    for (std::uint32_t i = 0; i < plugin_.kind_count; ++i) {
      if (std::string_view(plugin_.kinds[i].id) == id) {
        return *static_cast<const Table*>(plugin_.kinds[i].table);
      }
    }
    throw not_applicable("it implements no " + std::string(id));
  }
  [[nodiscard]] bool has(std::string_view id) const noexcept;

  [[nodiscard]] const tidemill_plugin& plugin() const noexcept { return plugin_; }
  [[nodiscard]] host& side() noexcept { return host_; }
  [[nodiscard]] const tidemill_instance* instance() const noexcept { return instance_; }
  [[nodiscard]] tidemill_shard* shard(std::size_t index = 0) const noexcept {
    return shards_[index];
  }
  [[nodiscard]] std::size_t younger_by_bytes() const noexcept { return form_.younger_by_bytes; }
  /// Runs on the thread of a shard.
  void on_shard(const std::function<void()>& work, std::size_t index = 0) {
    workers_[index].run(work);
  }
  /// Closes everything now, and throws what would be overlooked in a destructor.
  void end();

 private:
  void begin();
  void create();

  testkit::plugin_file file_;
  const tidemill_plugin& plugin_;
  host_form form_;
  host host_;
  worker workers_[2];
  tidemill_instance* instance_ = nullptr;
  tidemill_shard* shards_[2] = {nullptr, nullptr};
  std::size_t shards_open_ = 0;
  bool is_loaded_ = false;
  bool is_created_ = false;
};

}  // namespace tidemill::conformance
