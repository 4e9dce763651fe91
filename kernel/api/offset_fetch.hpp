#pragma once

#include "api/request_context.hpp"

namespace tidemill::api {

/// OffsetFetch (key 9): one group up to version 7, then several.
void handle_offset_fetch(request_context request);

}  // namespace tidemill::api
