#pragma once

#include "api/request_context.hpp"

namespace tidemill::api {

/// InitProducerId (key 22) for producers without a transactional id: every answer is a new id with
/// epoch 0, also where the client names the id and epoch it had (KIP-360). Transactional ids are
/// refused with UNSUPPORTED_VERSION, which clients raise at once.
void handle_init_producer_id(request_context request);

}  // namespace tidemill::api
