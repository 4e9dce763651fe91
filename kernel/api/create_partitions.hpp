#pragma once

#include "api/request_context.hpp"

namespace tidemill::api {

/// CreatePartitions (key 37): more partitions for topics; the controller decides. One outcome a
/// topic.
void handle_create_partitions(request_context request);

}  // namespace tidemill::api
