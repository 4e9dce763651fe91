#pragma once

#include "api/request_context.hpp"

namespace tidemill::api {

/// ListConfigResources (key 74): what DescribeConfigs can be asked about.
void handle_list_config_resources(request_context request);

}  // namespace tidemill::api
