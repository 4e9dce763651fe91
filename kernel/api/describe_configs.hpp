#pragma once

#include "api/request_context.hpp"

namespace tidemill::api {

/// DescribeConfigs (key 32) of topics and of this broker. Loggers, client metrics and groups have
/// no settings here and say so with INVALID_REQUEST.
void handle_describe_configs(request_context request);

}  // namespace tidemill::api
