#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory_resource>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tidemill/host.h"
#include "tidemill/values.hpp"

namespace tidemill::sdk {

/// A metric of the instance; cheap to copy, usable from any thread. Of a host without metrics it
/// does nothing.
class metric {
 public:
  metric() noexcept = default;
  metric(const tidemill_host* host, const tidemill_host_metrics* table, std::uint32_t id) noexcept
      : host_(host), table_(table), id_(id) {}

  /// Of a counter.
  void add(std::uint64_t amount = 1) const noexcept {
    if (id_ != TIDEMILL_NO_METRIC) {
      table_->add(host_, id_, amount);
    }
  }
  /// Of a gauge.
  void set(double value) const noexcept {
    if (id_ != TIDEMILL_NO_METRIC) {
      table_->set(host_, id_, value);
    }
  }
  /// Of a histogram.
  void observe(double value) const noexcept {
    if (id_ != TIDEMILL_NO_METRIC) {
      table_->observe(host_, id_, value);
    }
  }

 private:
  const tidemill_host* host_ = nullptr;
  const tidemill_host_metrics* table_ = nullptr;
  std::uint32_t id_ = TIDEMILL_NO_METRIC;
};

/// The instance's configuration. Keys must be declared (`keys` of the plugin class); asking for
/// another, or for one that has neither value nor default, raises.
class config {
 public:
  explicit config(const tidemill_host* host) noexcept
      : host_(host),
        table_(
            static_cast<const tidemill_host_config*>(host->extension(host, TIDEMILL_HOST_CONFIG))) {
  }

  [[nodiscard]] bool has(const char* key) const noexcept {
    tidemill_config_value value{};
    return table_ != nullptr && table_->get(host_, key, 0, &value) == TIDEMILL_OK;
  }
  /// Lives as long as the instance.
  [[nodiscard]] std::string_view text(const char* key) const {
    return bytes(get(key, 0).text).text();
  }
  [[nodiscard]] std::int64_t integer(const char* key) const { return get(key, 0).integer; }
  [[nodiscard]] double number(const char* key) const { return get(key, 0).number; }
  [[nodiscard]] bool boolean(const char* key) const { return get(key, 0).integer != 0; }
  [[nodiscard]] std::chrono::milliseconds duration(const char* key) const {
    return std::chrono::milliseconds(get(key, 0).integer);
  }
  [[nodiscard]] std::int64_t size_bytes(const char* key) const { return get(key, 0).integer; }
  [[nodiscard]] std::vector<std::string_view> texts(const char* key) const {
    return list<std::string_view>(
        key, [](const tidemill_config_value& value) { return bytes(value.text).text(); });
  }
  [[nodiscard]] std::vector<std::int64_t> integers(const char* key) const {
    return list<std::int64_t>(key,
                              [](const tidemill_config_value& value) { return value.integer; });
  }

 private:
  [[nodiscard]] tidemill_config_value get(const char* key, std::uint32_t index) const {
    tidemill_config_value value{};
    if (table_ == nullptr) {
      raise(TIDEMILL_UNSUPPORTED, "the host offers no configuration");
    }
    if (const auto status = table_->get(host_, key, index, &value); status != TIDEMILL_OK) {
      raise(TIDEMILL_CONFIG, std::string("no value for the key '") + key + "'");
    }
    return value;
  }

  template <class T, class Read>
  [[nodiscard]] std::vector<T> list(const char* key, Read read) const {
    const std::uint32_t count = get(key, 0).count;
    std::vector<T> values;
    values.reserve(count);
    for (std::uint32_t index = 0; index < count; ++index) {
      values.push_back(read(get(key, index)));
    }
    return values;
  }

  const tidemill_host* host_;
  const tidemill_host_config* table_;
};

/// What the broker offers to an instance. Cheap to copy; valid as long as the instance. Services
/// that the host does not have do nothing.
class host {
 public:
  explicit host(const tidemill_host* raw) noexcept
      : raw_(raw),
        log_(service<tidemill_host_log>(TIDEMILL_HOST_LOG)),
        clock_(service<tidemill_host_clock>(TIDEMILL_HOST_CLOCK)),
        metrics_(service<tidemill_host_metrics>(TIDEMILL_HOST_METRICS)),
        completion_(service<tidemill_host_completion>(TIDEMILL_HOST_COMPLETION)) {}

  [[nodiscard]] const tidemill_host* raw() const noexcept { return raw_; }
  [[nodiscard]] std::string_view instance_name() const noexcept { return raw_->instance_name; }
  [[nodiscard]] std::uint32_t shard_count() const noexcept { return raw_->shard_count; }
  [[nodiscard]] sdk::config config() const noexcept { return sdk::config(raw_); }

  void log(std::int32_t level, std::string_view message) const noexcept {
    if (log_ != nullptr) {
      log_->write(raw_, level, raw_bytes(message));
    }
  }
  void info(std::string_view message) const noexcept { log(TIDEMILL_LOG_INFO, message); }
  void warn(std::string_view message) const noexcept { log(TIDEMILL_LOG_WARNING, message); }

  [[nodiscard]] std::uint64_t monotonic_ns() const noexcept {
    return clock_ == nullptr ? 0 : clock_->monotonic_ns(raw_);
  }
  /// Milliseconds since 1970.
  [[nodiscard]] std::int64_t wall_ms() const noexcept {
    return clock_ == nullptr ? 0 : clock_->wall_ms(raw_);
  }

  /// Register metrics in the plugin class's constructor.
  [[nodiscard]] metric counter(const char* name, const char* help) const noexcept {
    return registered(metrics_ == nullptr ? TIDEMILL_NO_METRIC
                                          : metrics_->counter(raw_, name, help));
  }
  [[nodiscard]] metric gauge(const char* name, const char* help) const noexcept {
    return registered(metrics_ == nullptr ? TIDEMILL_NO_METRIC : metrics_->gauge(raw_, name, help));
  }
  [[nodiscard]] metric histogram(const char* name, const char* help,
                                 std::span<const double> bounds) const noexcept {
    return registered(metrics_ == nullptr
                          ? TIDEMILL_NO_METRIC
                          : metrics_->histogram(raw_, name, help, bounds.data(),
                                                static_cast<std::uint32_t>(bounds.size())));
  }

  /// Ends a call that answered TIDEMILL_PENDING; from any thread.
  void complete(tidemill_token token, const outcome& went, const void* answer) const noexcept {
    if (completion_ == nullptr) {
      return;
    }
    tidemill_error why{};
    why.struct_size = sizeof why;
    why.record_index = -1;
    if (went.why()) {
      fill(&why, went.why()->message, went.why()->record_index);
    }
    completion_->complete(raw_, token, went.status(), answer, &why);
  }

  template <class Table>
  [[nodiscard]] const Table* service(const char* id) const noexcept {
    return static_cast<const Table*>(raw_->extension(raw_, id));
  }

 private:
  [[nodiscard]] metric registered(std::uint32_t id) const noexcept { return {raw_, metrics_, id}; }

  const tidemill_host* raw_;
  const tidemill_host_log* log_;
  const tidemill_host_clock* clock_;
  const tidemill_host_metrics* metrics_;
  const tidemill_host_completion* completion_;
};

/// Memory that the broker counts, for std::pmr containers. Outlived by the instance.
class counted_memory final : public std::pmr::memory_resource {
 public:
  explicit counted_memory(const host& from) noexcept
      : host_(from.raw()), table_(from.service<tidemill_host_memory>(TIDEMILL_HOST_MEMORY)) {}

 private:
  void* do_allocate(std::size_t size, std::size_t alignment) override {
    if (table_ == nullptr) {
      return std::pmr::new_delete_resource()->allocate(size, alignment);
    }
    void* memory = table_->allocate(host_, size, alignment);
    if (memory == nullptr) {
      raise(TIDEMILL_NO_MEMORY, "the memory budget of the instance is spent");
    }
    return memory;
  }
  void do_deallocate(void* memory, std::size_t size, std::size_t alignment) override {
    if (table_ == nullptr) {
      std::pmr::new_delete_resource()->deallocate(memory, size, alignment);
    } else {
      table_->release(host_, memory, size, alignment);
    }
  }
  [[nodiscard]] bool do_is_equal(const memory_resource& other) const noexcept override {
    return this == &other;
  }

  const tidemill_host* host_;
  const tidemill_host_memory* table_;
};

}  // namespace tidemill::sdk
