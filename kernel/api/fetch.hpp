#pragma once

#include "api/request_context.hpp"

namespace tidemill::api {

/// Fetch (key 1): whole batches as ranges of segment files, below the high watermark or the last
/// stable offset, and long poll until min_bytes are there. No fetch sessions: every answer says
/// session 0, so clients go on with full requests (KIP-227). A client that says it is a replica
/// needs the right to act as a broker (S12).
void handle_fetch(request_context request);

}  // namespace tidemill::api
