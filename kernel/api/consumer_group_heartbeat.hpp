#pragma once

#include "api/request_context.hpp"

namespace tidemill::api {

/// ConsumerGroupHeartbeat (key 68, KIP-848).
void handle_consumer_group_heartbeat(request_context request);

}  // namespace tidemill::api
