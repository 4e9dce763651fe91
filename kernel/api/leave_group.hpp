#pragma once

#include "api/request_context.hpp"

namespace tidemill::api {

/// LeaveGroup (key 13): one member up to version 2, then a list, in which static members may be
/// named by their instance alone.
void handle_leave_group(request_context request);

}  // namespace tidemill::api
