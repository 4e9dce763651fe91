#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "tidemill/host.h"
#include "tidemill/testkit/config_values.hpp"

namespace tidemill::testkit {

/// The broker's side of the line, with a clock that stands still and everything on record.
class test_host {
 public:
  test_host(const tidemill_plugin& plugin, const settings& given)
      : config_(effective_config(plugin, given)) {
    raw_.struct_size = sizeof raw_;
    raw_.abi_minor = TIDEMILL_ABI_MINOR;
    raw_.shard_count = 2;
    raw_.name = "testkit";
    raw_.version = "0.1.0";
    raw_.instance_name = "under_test";
    raw_.context = this;
    raw_.extension = extension;
  }
  test_host(const test_host&) = delete;
  test_host& operator=(const test_host&) = delete;

  [[nodiscard]] const tidemill_host* raw() const noexcept { return &raw_; }

  /// What clocks say.
  std::uint64_t monotonic_ns = 1;
  std::int64_t wall_ms = 1'700'000'000'000;

  [[nodiscard]] std::vector<std::string> log_lines() const {
    const std::lock_guard lock(mutex_);
    return log_lines_;
  }
  /// Sum of a counter, value of a gauge, count of a histogram.
  [[nodiscard]] double metric(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    for (const auto& [known, value] : metrics_) {
      if (known == name) {
        return value;
      }
    }
    return -1;
  }
  /// Bytes that were allocated and not given back.
  [[nodiscard]] std::size_t allocated_bytes() const noexcept { return allocated_; }

  /// Waits until the call of this token is completed, and tells how. `read` sees the result.
  tidemill_status wait(tidemill_token token, const std::function<void(const void*)>& read) {
    std::unique_lock lock(mutex_);
    reader_ = {token, read};
    completed_.wait(lock, [&] { return statuses_.contains(token); });
    return statuses_[token];
  }
  /// Says beforehand who looks at the result of a call.
  void expect(tidemill_token token, std::function<void(const void*)> read) {
    const std::lock_guard lock(mutex_);
    reader_ = {token, std::move(read)};
  }

 private:
  static test_host& of(const tidemill_host* raw) noexcept {
    return *static_cast<test_host*>(raw->context);
  }

  static const void* extension(const tidemill_host*, const char* id) {
    static const tidemill_host_log log = {sizeof log, 0, write_log,
                                          [](const tidemill_host*, std::int32_t) { return 1; }};
    static const tidemill_host_memory memory = {sizeof memory, 0, allocate, release};
    static const tidemill_host_clock clock = {
        sizeof clock, 0, [](const tidemill_host* raw) { return of(raw).monotonic_ns; },
        [](const tidemill_host* raw) { return of(raw).wall_ms; }};
    static const tidemill_host_metrics metrics = {
        sizeof metrics, 0, register_metric, register_metric, register_histogram, add, set, observe};
    static const tidemill_host_completion completion = {sizeof completion, 0, complete};
    static const tidemill_host_config config = {sizeof config, 0, get_config};
    static const std::map<std::string, const void*, std::less<>> services = {
        {TIDEMILL_HOST_LOG, &log},       {TIDEMILL_HOST_MEMORY, &memory},
        {TIDEMILL_HOST_CLOCK, &clock},   {TIDEMILL_HOST_METRICS, &metrics},
        {TIDEMILL_HOST_CONFIG, &config}, {TIDEMILL_HOST_COMPLETION, &completion}};
    const auto found = services.find(std::string_view(id));
    return found == services.end() ? nullptr : found->second;
  }

  static void write_log(const tidemill_host* raw, std::int32_t, tidemill_bytes message) {
    const std::lock_guard lock(of(raw).mutex_);
    of(raw).log_lines_.emplace_back(reinterpret_cast<const char*>(message.data), message.size);
  }

  static void* allocate(const tidemill_host* raw, std::size_t size, std::size_t alignment) {
    of(raw).allocated_ += size;
    return ::operator new(size, std::align_val_t(alignment), std::nothrow);
  }
  static void release(const tidemill_host* raw, void* memory, std::size_t size,
                      std::size_t alignment) {
    if (memory != nullptr) {
      of(raw).allocated_ -= size;
      ::operator delete(memory, std::align_val_t(alignment));
    }
  }

  static std::uint32_t register_metric(const tidemill_host* raw, const char* name, const char*) {
    auto& host = of(raw);
    const std::lock_guard lock(host.mutex_);
    host.metrics_.emplace_back(name, 0);
    return static_cast<std::uint32_t>(host.metrics_.size() - 1);
  }
  static std::uint32_t register_histogram(const tidemill_host* raw, const char* name,
                                          const char* help, const double*, std::uint32_t) {
    return register_metric(raw, name, help);
  }
  static void add(const tidemill_host* raw, std::uint32_t id, std::uint64_t amount) {
    const std::lock_guard lock(of(raw).mutex_);
    of(raw).metrics_.at(id).second += static_cast<double>(amount);
  }
  static void set(const tidemill_host* raw, std::uint32_t id, double value) {
    const std::lock_guard lock(of(raw).mutex_);
    of(raw).metrics_.at(id).second = value;
  }
  static void observe(const tidemill_host* raw, std::uint32_t id, double) { add(raw, id, 1); }

  static void complete(const tidemill_host* raw, tidemill_token token, tidemill_status status,
                       const void* answer, const tidemill_error*) {
    auto& host = of(raw);
    const std::lock_guard lock(host.mutex_);
    if (host.statuses_.contains(token)) {
      return;
    }
    if (host.reader_.first == token && host.reader_.second && answer != nullptr) {
      host.reader_.second(answer);
    }
    host.statuses_[token] = status;
    host.completed_.notify_all();
  }

  static tidemill_status get_config(const tidemill_host* raw, const char* key, std::uint32_t index,
                                    tidemill_config_value* value) {
    return read_config(of(raw).config_, key, index, *value);
  }

  tidemill_host raw_{};
  std::map<std::string, config_entry> config_;
  mutable std::mutex mutex_;
  std::condition_variable completed_;
  std::vector<std::string> log_lines_;
  std::deque<std::pair<std::string, double>> metrics_;
  std::atomic<std::size_t> allocated_ = 0;
  std::map<tidemill_token, tidemill_status> statuses_;
  std::pair<tidemill_token, std::function<void(const void*)>> reader_;
};

}  // namespace tidemill::testkit
