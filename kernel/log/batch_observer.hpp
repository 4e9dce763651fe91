#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "log/transaction_index.hpp"
#include "record/batch_view.hpp"

namespace tidemill::log {

/// What recovery knows before it reads batches.
struct recovery_extent {
  offset log_start{0};
  /// Nothing below is in doubt.
  offset recovery_point{0};
};

/// Follows what becomes of a log: the state that is derived from its batches (producers,
/// transactions, leader epochs) attaches here. Called by the log only, on the thread that calls the
/// log: a thread of the blocking pool during log::open() of a log that was not closed cleanly, the
/// owner's thread otherwise. A cleanly closed log opens without any call: derived state then stands
/// in its own files as of the log end, to be loaded when first needed.
class batch_observer {
 public:
  virtual ~batch_observer() = default;

  /// Recovery starts. Loads what stands on disk at or below the recovery point (snapshots above it
  /// are not to be trusted) and answers from which offset on it wants to see the batches; it is
  /// shown all of them from there to the end, in order. Answer recovery_point when nothing older
  /// is needed, log_start to see everything.
  [[nodiscard]] virtual result<offset> begin_recovery(const recovery_extent& extent) = 0;

  /// A sound batch seen by recovery. `batch` covers the whole batch when it is a control batch or
  /// lies at or above the recovery point; of others perhaps the header only: do not touch
  /// records_bytes() there. Borrowed during the call.
  [[nodiscard]] virtual result<void> recovered(const record::batch_view& batch) = 0;

  /// Recovery is over: the log ends here. Files of derived state above are to be cut.
  [[nodiscard]] virtual result<void> end_recovery(offset log_end) = 0;

  /// Everything before `base` is in older segments, and a segment starts at `base`: the time for a
  /// snapshot. Called by append() before the first batch of the new segment is written. An error
  /// fails the append, nothing is written.
  [[nodiscard]] virtual result<void> rolled(offset base) = 0;

  /// The log now ends at `log_end`: forget what came after.
  virtual void truncated(offset log_end) = 0;

  /// The log now starts at `log_start`: files that describe only what lies below may go.
  virtual void start_advanced(offset log_start) = 0;

  /// One segment, which starts at `base`, has taken the place of those in [base, end); of the
  /// aborted transactions that end there, only these are still needed.
  virtual void compacted(offset base, offset end, const std::vector<aborted_transaction>& aborted) {
    static_cast<void>(base);
    static_cast<void>(end);
    static_cast<void>(aborted);
  }
};

}  // namespace tidemill::log
