#pragma once

#include "api/request_context.hpp"

namespace tidemill::api {

/// CreateTopics (key 19): checks names and rights here, lets the controller decide, and answers
/// when the topics are committed and this shard's image has them, or at the request's timeout.
void handle_create_topics(request_context request);

}  // namespace tidemill::api
