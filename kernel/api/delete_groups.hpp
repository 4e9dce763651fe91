#pragma once

#include "api/request_context.hpp"

namespace tidemill::api {

/// DeleteGroups (key 42).
void handle_delete_groups(request_context request);

}  // namespace tidemill::api
