#pragma once

#include "api/request_context.hpp"

namespace tidemill::api {

/// ConsumerGroupDescribe (key 69, KIP-848).
void handle_consumer_group_describe(request_context request);

}  // namespace tidemill::api
