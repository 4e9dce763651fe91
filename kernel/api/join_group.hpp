#pragma once

#include "api/request_context.hpp"

namespace tidemill::api {

/// JoinGroup (key 11). Waits until the group has come together; the frame is let go meanwhile.
void handle_join_group(request_context request);

}  // namespace tidemill::api
