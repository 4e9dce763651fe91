#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "extension/plugin_metrics.hpp"

namespace tidemill::extension {

/// Who has what names on the page of metrics, which all plugins share: a name has one type, and a
/// histogram x also has x_bucket, x_count and x_sum. Whoever comes first has it, as long as anybody
/// uses it. Any thread.
class metric_names {
 public:
  /// Why the name cannot be had; nullopt: it can, and is released() as often as it was claimed.
  [[nodiscard]] std::optional<std::string> claim(metric_type type, std::string_view name);
  void release(metric_type type, std::string_view name);

 private:
  struct holder {
    std::string metric;
    metric_type type = metric_type::counter;
    std::size_t uses = 0;
  };

  std::mutex mutex_;
  /// By the names of lines.
  std::map<std::string, holder, std::less<>> held_;
};

}  // namespace tidemill::extension
