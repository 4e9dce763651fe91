#pragma once

#include <vector>

#include "partition/record_gate.hpp"
#include "record/batch_view.hpp"

namespace tidemill::partition {

/// Verifies that the client chose the partition that the topic's partitioner would have chosen
/// (tidemill.partitioner with mode verify-warn or verify-reject). The seam to which partitioner
/// extensions attach; a topic that names none pays nothing. Called on the shard's thread for each
/// validated batch; must not block, keeps nothing of what it is shown. What only warns counts for
/// itself and adds nothing.
class partitioner_check {
 public:
  virtual ~partitioner_check() = default;
  /// Adds the records that belong elsewhere, in order of index.
  virtual void verify(const batch_destination& destination, const record::batch_view& batch,
                      std::vector<record_rejection>& rejections) = 0;
};

}  // namespace tidemill::partition
