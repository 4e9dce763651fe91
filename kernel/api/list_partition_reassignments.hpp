#pragma once

#include "api/request_context.hpp"

namespace tidemill::api {

/// ListPartitionReassignments (key 46): none is ever under way.
void handle_list_partition_reassignments(request_context request);

}  // namespace tidemill::api
