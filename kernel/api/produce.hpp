#pragma once

#include "api/request_context.hpp"

namespace tidemill::api {

/// Produce (key 0): hands each partition's bytes to the partition, in place in the request's frame,
/// and answers when all have been acknowledged as the request wants. Nothing here is done per
/// record. Requests of one connection may be pipelined: they reach each partition in order.
void handle_produce(request_context request);

}  // namespace tidemill::api
