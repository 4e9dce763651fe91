#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "extension/completions.hpp"
#include "extension/config_values.hpp"
#include "extension/extension_log.hpp"
#include "extension/metric_names.hpp"
#include "extension/plugin_metrics.hpp"
#include "io/clock.hpp"
#include "tidemill/host.h"

namespace tidemill::extension {

/// What the host's side of the line is made of; all of it outlives every handle.
struct host_environment {
  const io::clock& clock;
  extension_log& log;
  completions& calls;
  metric_names& names;
  std::uint32_t shard_count = 1;
  /// "0.1.0"
  const char* version = "";
  /// A call that has not returned for so long is said to hang, and waited for no longer where that
  /// can be helped.
  std::chrono::nanoseconds hang_after = std::chrono::seconds(10);
};

/// For whom a handle stands.
struct host_identity {
  std::string plugin;
  /// Empty for the plugin itself.
  std::string instance;
  /// What it may have allocated at one time.
  std::uint64_t memory_bytes_max = 64U << 20;
};

/// The tidemill_host of one plugin (in load()) or one instance, and the services behind it: log
/// lines, metrics and memory are booked here. Any thread may call what raw() points to.
class host_handle {
 public:
  host_handle(const host_environment& environment, host_identity identity, config_values config);
  ~host_handle();
  host_handle(const host_handle&) = delete;
  host_handle& operator=(const host_handle&) = delete;

  [[nodiscard]] const tidemill_host* raw() const noexcept { return &raw_; }
  [[nodiscard]] const host_identity& identity() const noexcept { return identity_; }
  [[nodiscard]] const config_values& config() const noexcept { return config_; }
  [[nodiscard]] const host_environment& environment() const noexcept { return environment_; }
  [[nodiscard]] plugin_metrics& metrics() noexcept { return metrics_; }
  [[nodiscard]] const plugin_metrics& metrics() const noexcept { return metrics_; }
  [[nodiscard]] std::uint64_t allocated_bytes() const noexcept { return allocated_; }

  /// Lines of one plugin or instance in an interval; those beyond are counted, and the first line
  /// of a later interval says how many were left out.
  static constexpr std::uint32_t lines_per_interval_max = 20;
  static constexpr std::chrono::seconds line_interval{10};
  void write_line(line_level level, std::string_view line) noexcept;

  // The services.
  /// plugin_metrics.add_metric(), of names that nobody else has; the log says what is refused and
  /// why.
  [[nodiscard]] std::uint32_t add_metric(metric_type type, std::string_view name,
                                         std::string_view help, std::span<const double> bounds);
  [[nodiscard]] void* allocate(std::size_t size, std::size_t alignment) noexcept;
  void release(void* memory, std::size_t size, std::size_t alignment) noexcept;
  [[nodiscard]] tidemill_status get(std::string_view key, std::uint32_t index,
                                    tidemill_config_value& value) const noexcept;

 private:
  [[nodiscard]] bool admit_line(std::uint32_t& left_out) noexcept;

  host_environment environment_;
  host_identity identity_;
  config_values config_;
  plugin_metrics metrics_;
  /// Names that are held for it, each once.
  std::vector<std::pair<metric_type, std::string>> claimed_;
  std::atomic<std::uint64_t> allocated_{0};
  std::atomic<std::int64_t> line_interval_{-1};
  std::atomic<std::uint32_t> lines_{0};
  std::atomic<std::uint32_t> lines_left_out_{0};
  tidemill_host raw_{};
};

}  // namespace tidemill::extension
