#pragma once

#include "api/request_context.hpp"

namespace tidemill::api {

/// IncrementalAlterConfigs (KIP-339): sets, removes, appends to and subtracts from single settings
/// of a topic. Settings of the broker are read-only.
void handle_incremental_alter_configs(request_context request);

}  // namespace tidemill::api
