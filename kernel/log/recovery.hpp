#pragma once

#include <optional>
#include <string>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "io/clock.hpp"
#include "io/disk.hpp"
#include "log/batch_observer.hpp"
#include "log/log_state.hpp"
#include "log/options.hpp"
#include "log/recovery_report.hpp"

namespace tidemill::log {

/// Which log to recover; see open_request.
struct recovery_input {
  io::disk& disk;
  const io::clock& clock;
  const std::string& directory;
  const log_options& options;
  batch_observer* observer = nullptr;
  offset log_start{0};
  std::optional<offset> recovery_point;
  bool rewrite_tail = false;
};

/// Finds out what a directory holds after an end that was not clean. Below the recovery point it
/// looks only at the last batches of each segment (does the next one follow?), above it reads every
/// batch, checks it, and cuts the log at the first bad one. Indexes that are missing or do not fit
/// are made anew. Leftovers of deletions go. Blocks. errc::corrupt when something below the
/// recovery point is damaged: segments are then left as they are.
[[nodiscard]] result<log_state> recover(const recovery_input& input, recovery_report& report);

}  // namespace tidemill::log
