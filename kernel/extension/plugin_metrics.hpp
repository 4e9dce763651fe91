#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidemill::extension {

enum class metric_type : std::uint8_t { counter, gauge, histogram };

/// A metric of a plugin at one moment.
struct metric_reading {
  std::string name;
  std::string help;
  metric_type type = metric_type::counter;
  /// Of a counter or gauge; the sum of a histogram.
  double value = 0;
  /// Of a histogram: upper bounds, how many values fell under each (not those below it again), and
  /// beyond the last one.
  std::vector<double> bounds;
  std::vector<std::uint64_t> counts;
};

/// What one instance (or plugin) counts for itself. Registering is the control thread's; adding and
/// reading may happen on any thread, and take no lock: threads add to different cells.
class plugin_metrics {
 public:
  static constexpr std::size_t metrics_max = 64;
  static constexpr std::size_t bounds_max = 64;
  static constexpr std::size_t name_size_max = 64;
  /// "None": for a bad name, one taken by another type, or one too many.
  static constexpr std::uint32_t no_metric = 0xffffffffU;

  plugin_metrics() = default;
  plugin_metrics(const plugin_metrics&) = delete;
  plugin_metrics& operator=(const plugin_metrics&) = delete;
  ~plugin_metrics();

  /// [a-z][a-z0-9_]*, at most name_size_max bytes.
  [[nodiscard]] static bool is_name(std::string_view name) noexcept;
  /// The same metric again for the same name and type. `bounds` rise, of a histogram only.
  [[nodiscard]] std::uint32_t add_metric(metric_type type, std::string_view name,
                                         std::string_view help, std::span<const double> bounds);

  // Ignored for anything but a metric of that type.
  void add(std::uint32_t metric, std::uint64_t amount) noexcept;
  void set(std::uint32_t metric, double value) noexcept;
  void observe(std::uint32_t metric, double value) noexcept;

  [[nodiscard]] std::vector<metric_reading> read() const;

 private:
  struct metric;
  [[nodiscard]] metric* find(std::uint32_t id, metric_type type) const noexcept;

  std::array<std::atomic<metric*>, metrics_max> metrics_{};
};

}  // namespace tidemill::extension
