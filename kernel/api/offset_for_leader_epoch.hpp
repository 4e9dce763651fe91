#pragma once

#include "api/request_context.hpp"

namespace tidemill::api {

/// OffsetForLeaderEpoch (key 23): where the records of a leader epoch end, for clients that look
/// whether their position is still on the leader's log (KIP-320).
void handle_offset_for_leader_epoch(request_context request);

}  // namespace tidemill::api
