#pragma once

#include "api/request_context.hpp"

namespace tidemill::api {

/// OffsetCommit (key 8). Topics that are not there, or not to be read, have their error; the rest
/// is stored together.
void handle_offset_commit(request_context request);

}  // namespace tidemill::api
