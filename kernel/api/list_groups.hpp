#pragma once

#include "api/request_context.hpp"

namespace tidemill::api {

/// ListGroups (key 16), filtered by state and type. Asks every shard.
void handle_list_groups(request_context request);

}  // namespace tidemill::api
