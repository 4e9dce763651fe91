#pragma once

#include "api/request_context.hpp"

namespace tidemill::api {

/// AlterConfigs: replaces all overrides of a topic by those that are named. Settings of the broker
/// are read-only.
void handle_alter_configs(request_context request);

}  // namespace tidemill::api
