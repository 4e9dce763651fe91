#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/ids.hpp"

namespace tidemill::log {

/// Something below the recovery point of a log that is not what it was. Texts are short phrases.
struct log_damage {
  /// Base offset of the segment, and the byte of its file; nullopt: the directory as a whole.
  std::optional<offset> segment;
  std::uint64_t position = 0;
  std::string found;
  std::string expected;

  friend bool operator==(const log_damage&, const log_damage&) = default;
};

}  // namespace tidemill::log
