#pragma once

#include "api/request_context.hpp"

namespace tidemill::api {

/// UpdateFeatures (key 57): this version has no feature with a level, so every change is refused:
/// INVALID_UPDATE_VERSION.
void handle_update_features(request_context request);

}  // namespace tidemill::api
