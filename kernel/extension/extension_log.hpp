#pragma once

#include <cstdint>
#include <string_view>

namespace tidemill::extension {

enum class line_level : std::uint8_t { debug, info, warning, error };

/// Takes the lines that plugins write, and those about them; the server writes them to the broker's
/// log. Any thread. Text is of unknown origin: to be escaped and cut.
class extension_log {
 public:
  virtual ~extension_log() = default;
  virtual void write(line_level level, std::string_view plugin, std::string_view instance,
                     std::string_view line) noexcept = 0;
  [[nodiscard]] virtual bool is_on(line_level level) const noexcept = 0;
};

}  // namespace tidemill::extension
