#pragma once

#include <vector>

#include "base/ids.hpp"
#include "log/log_state.hpp"
#include "log/transaction_index.hpp"

namespace tidemill::log {

/// A segment that is to be cleaned.
struct source_segment {
  segment_state state;
  /// Where the next segment begins.
  offset end{0};
};

/// A segment that stands beside the log, durable, and takes the place of others.
struct cleaned_segment {
  /// Its base offset is that of the first one it replaces; it ends where the last one does.
  segment_state state;
  /// In order, one behind the other.
  std::vector<source_segment> replaces;
  /// All entries of the transaction index that are still needed for them.
  std::vector<aborted_transaction> aborted;
};

}  // namespace tidemill::log
