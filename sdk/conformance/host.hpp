#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "guarded.hpp"
#include "tidemill/host.h"
#include "tidemill/testkit/config_values.hpp"

namespace tidemill::conformance {

/// How a host differs from one that was built with the same headers as the plugin.
struct host_form {
  /// Bytes behind every table, as fields of a later minor would stand there. 0: the tables end
  /// where minor 0 ends, in front of memory that nobody may read.
  std::size_t younger_by_bytes = 0;
  bool has_services = true;
  /// Whether counted memory can be had; without, allocate() answers NULL.
  bool has_memory = true;
};

using config_map = std::map<std::string, testkit::config_entry>;

/// The broker's side, which watches how it is used. The thread that makes it is the control thread.
class host {
 public:
  host(config_map config, host_form form);
  host(const host&) = delete;
  host& operator=(const host&) = delete;

  [[nodiscard]] const tidemill_host* raw() const noexcept { return raw_; }
  /// Rules that the plugin broke in its calls, in words. May be called from any thread.
  [[nodiscard]] std::vector<std::string> faults() const;
  /// Bytes of counted memory that were not given back.
  [[nodiscard]] std::int64_t held_bytes() const noexcept { return held_bytes_; }
  /// Waits for a completion of `token` until the deadline of the test; nullopt if none comes.
  [[nodiscard]] std::optional<tidemill_status> wait(tidemill_token token,
                                                    std::chrono::milliseconds longest);

 private:
  static host& of(const tidemill_host* raw) noexcept { return *static_cast<host*>(raw->context); }
  static const void* extension(const tidemill_host* raw, const char* id);
  static std::uint32_t add_metric(const tidemill_host* raw, const char* name, const char* help);
  static tidemill_status get_config(const tidemill_host* raw, const char* key, std::uint32_t index,
                                    tidemill_config_value* value);
  template <class Table>
  const Table* publish(Table table);
  void publish_services();
  void note(const std::string& fault);
  void use_metric(std::uint32_t id);

  config_map config_;
  host_form form_;
  std::thread::id control_ = std::this_thread::get_id();
  std::vector<std::unique_ptr<guarded<std::uint8_t>>> tables_;
  std::map<std::string, const void*, std::less<>> services_;
  const tidemill_host* raw_ = nullptr;
  std::atomic<std::int64_t> held_bytes_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable completed_;
  std::vector<std::string> faults_;
  std::vector<std::string> metrics_;
  std::map<tidemill_token, tidemill_status> completions_;
};

}  // namespace tidemill::conformance
