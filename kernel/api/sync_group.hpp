#pragma once

#include "api/request_context.hpp"

namespace tidemill::api {

/// SyncGroup (key 14). Waits until the leader has dealt out the work and that is stored; the frame
/// is let go meanwhile.
void handle_sync_group(request_context request);

}  // namespace tidemill::api
