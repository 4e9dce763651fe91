#pragma once

#include "api/request_context.hpp"

namespace tidemill::api {

/// ElectLeaders (key 43): the first replica that is in sync leads already wherever there is one to
/// choose, so no election is ever needed.
void handle_elect_leaders(request_context request);

}  // namespace tidemill::api
