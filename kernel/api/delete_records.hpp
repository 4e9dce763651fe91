#pragma once

#include "api/request_context.hpp"

namespace tidemill::api {

/// DeleteRecords (key 21): moves the starts of logs up. Only topics that delete may lose records
/// so: POLICY_VIOLATION for others, as in Kafka.
void handle_delete_records(request_context request);

}  // namespace tidemill::api
