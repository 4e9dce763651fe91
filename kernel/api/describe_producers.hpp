#pragma once

#include "api/request_context.hpp"

namespace tidemill::api {

/// DescribeProducers (key 61): who has written into partitions lately.
void handle_describe_producers(request_context request);

}  // namespace tidemill::api
