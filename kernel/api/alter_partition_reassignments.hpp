#pragma once

#include "api/request_context.hpp"

namespace tidemill::api {

/// AlterPartitionReassignments (key 45): a partition that has these replicas already is done; any
/// other move is refused, for one broker has nowhere to move to.
void handle_alter_partition_reassignments(request_context request);

}  // namespace tidemill::api
