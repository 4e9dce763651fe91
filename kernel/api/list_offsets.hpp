#pragma once

#include "api/request_context.hpp"

namespace tidemill::api {

/// ListOffsets (key 2): offsets by timestamp and by the special timestamps -1 latest, -2 earliest,
/// -3 the record with the largest timestamp (KIP-734), -4 earliest on local disk (KIP-405), -5 last
/// that was tiered (KIP-1005), -6 first that waits to be tiered (KIP-1023); nothing is tiered here.
/// A client that says it is a replica is served like any other: it sees committed records only.
void handle_list_offsets(request_context request);

}  // namespace tidemill::api
