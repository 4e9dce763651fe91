#pragma once

#include "api/request_context.hpp"

namespace tidemill::api {

/// FindCoordinator (key 10). There is no coordinator yet, and the answer says so in the way that
/// hurts clients least:
///
/// - groups: COORDINATOR_NOT_AVAILABLE. librdkafka asks for the coordinator of its group.id in the
///   background, also for a consumer that was given its partitions by hand; any other code reaches
///   the application as an error among its messages. This one makes it ask again later, while
///   reading by partition works.
/// - transactions and share groups: UNSUPPORTED_VERSION, which the Java client raises at once;
///   COORDINATOR_NOT_AVAILABLE would make it try until its timeout.
void handle_find_coordinator(request_context request);

}  // namespace tidemill::api
