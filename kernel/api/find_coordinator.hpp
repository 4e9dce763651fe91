#pragma once

#include "api/request_context.hpp"

namespace tidemill::api {

/// FindCoordinator (key 10). The first that asks for a group's coordinator has the offsets topic
/// made, and asks again (COORDINATOR_NOT_AVAILABLE). Transactions and share groups have none yet:
/// UNSUPPORTED_VERSION, which the Java client raises at once; COORDINATOR_NOT_AVAILABLE would make
/// it try until its timeout.
void handle_find_coordinator(request_context request);

}  // namespace tidemill::api
