#pragma once

#include "api/request_context.hpp"

namespace tidemill::api {

/// UnregisterBroker (key 64): forgets a broker that is gone for good; never the one that is asked.
void handle_unregister_broker(request_context request);

}  // namespace tidemill::api
