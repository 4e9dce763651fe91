#pragma once

#include "partition/record_gate.hpp"

namespace tidemill::partition {

/// Verifies that the client chose the partition that the topic's partitioner would have chosen
/// (tidemill.partitioner with mode verify-warn or verify-reject). The seam to which partitioner
/// extensions attach; a topic that names none pays nothing. Called on the shard's thread for each
/// validated batch; must not block, keeps nothing of what it is shown. What only warns counts for
/// itself and objects to nothing.
class partitioner_check {
 public:
  virtual ~partitioner_check() = default;
  /// As record_gate::needs_records().
  [[nodiscard]] virtual bool needs_records(shard_index shard) const noexcept = 0;
  /// Names the records that belong elsewhere.
  virtual void verify(const batch_destination& destination, const record::batch_view& batch,
                      bytes_view records, objections& found) = 0;
};

}  // namespace tidemill::partition
