#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/ids.hpp"
#include "log/log_damage.hpp"

namespace tidemill::log {

/// What opening a log found and did; the caller logs it.
struct recovery_report {
  /// Why the tail was cut.
  enum class cut_reason {
    none,             ///< it was not
    torn_batch,       ///< the file ends inside a batch
    invalid_header,   ///< no batch header stands there
    crc_mismatch,     ///< a batch whose checksum does not fit
    offset_mismatch,  ///< a sound batch that does not follow the one before
    orphan_segment,   ///< a later segment that does not start where the one before ends
    start_beyond_end  ///< the checkpoint's log start lies beyond it; the files are now *.log.lost
  };

  /// False when the clean state was used and nothing was read.
  bool scanned = false;
  offset recovery_point{0};
  std::uint64_t scanned_bytes = 0;
  std::uint64_t batches = 0;
  cut_reason reason = cut_reason::none;
  /// Where the log was cut, and how much went, later segments included.
  offset cut_at{0};
  std::uint64_t cut_bytes = 0;
  std::uint32_t segments_removed = 0;
  std::uint32_t indexes_rebuilt = 0;
  /// With errc::corrupt: what is damaged, and where.
  log_damage damage;
};

[[nodiscard]] std::string_view to_string(recovery_report::cut_reason reason) noexcept;

}  // namespace tidemill::log
