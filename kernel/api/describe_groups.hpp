#pragma once

#include "api/request_context.hpp"

namespace tidemill::api {

/// DescribeGroups (key 15).
void handle_describe_groups(request_context request);

}  // namespace tidemill::api
