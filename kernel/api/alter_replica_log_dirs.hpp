#pragma once

#include "api/request_context.hpp"

namespace tidemill::api {

/// AlterReplicaLogDirs (key 34): there is one directory; replicas are in it already, and there is
/// no other: LOG_DIR_NOT_FOUND.
void handle_alter_replica_log_dirs(request_context request);

}  // namespace tidemill::api
