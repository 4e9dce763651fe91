#pragma once

#include <string_view>

#include "api/request_context.hpp"
#include "protocol/error.hpp"

namespace tidemill::api {

/// Starts to make a topic that a client named but that does not exist, where the broker makes
/// topics on demand, and returns what the client is told now: UNKNOWN_TOPIC_OR_PARTITION (ask
/// again), whether or not the topic will come into being, or TOPIC_AUTHORIZATION_FAILED. The name
/// has been checked. Asking twice while the first is in work starts nothing.
[[nodiscard]] protocol::wire_error create_on_demand(request_context& request,
                                                    std::string_view name);

/// Starts to make the offsets topic, whatever clients may make; nothing while that is in work.
void create_offsets_topic(dispatch_state& dispatch);

}  // namespace tidemill::api
