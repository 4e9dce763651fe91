#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "record/batch_view.hpp"

namespace tidemill::partition {

/// A record that is not let in, for record_errors in the answer to Produce 8 and later (KIP-467).
struct record_rejection {
  /// Position in the batch, counted from 0.
  std::int32_t index = 0;
  std::string message;

  friend bool operator==(const record_rejection&, const record_rejection&) = default;
};

/// Where a produced batch is going.
struct batch_destination {
  topic_id topic;
  partition_index partition;
  /// How many partitions the topic has.
  std::int32_t partition_count = 1;
};

/// Lets records into a topic or refuses them (topic setting tidemill.validate). The seam to which
/// rules and extensions attach; a topic that names none has no gate and pays nothing. Called on the
/// shard's thread for each validated batch before it is appended; must not block, keeps nothing of
/// what it is shown. One rejected record rejects the batch.
class record_gate {
 public:
  virtual ~record_gate() = default;
  /// Adds to `rejections`, in order of index, at most record::record_errors_max.
  virtual void judge(const batch_destination& destination, const record::batch_view& batch,
                     std::vector<record_rejection>& rejections) = 0;
};

}  // namespace tidemill::partition
