#pragma once

#include "api/request_context.hpp"

namespace tidemill::api {

/// Heartbeat (key 12).
void handle_heartbeat(request_context request);

}  // namespace tidemill::api
