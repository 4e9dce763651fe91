#pragma once

#include "api/request_context.hpp"

namespace tidemill::api {

/// DescribeQuorum (key 55): the metadata quorum, which has one voter.
void handle_describe_quorum(request_context request);

}  // namespace tidemill::api
