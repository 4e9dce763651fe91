#pragma once

#include "api/request_context.hpp"

namespace tidemill::api {

/// DeleteTopics (key 20): by name, and by id from version 6. Answers when the controller has
/// committed the removal, or at the request's timeout; the files go away later.
void handle_delete_topics(request_context request);

}  // namespace tidemill::api
