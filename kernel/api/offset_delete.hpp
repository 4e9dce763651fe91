#pragma once

#include "api/request_context.hpp"

namespace tidemill::api {

/// OffsetDelete (key 47).
void handle_offset_delete(request_context request);

}  // namespace tidemill::api
