#pragma once

#include "api/request_context.hpp"

namespace tidemill::api {

/// DescribeLogDirs (key 35): the one data directory, its space, and the partitions in it with their
/// sizes. Opens the partitions that it is asked about.
void handle_describe_log_dirs(request_context request);

}  // namespace tidemill::api
