#pragma once

#include "tidemill/host.h"

namespace tidemill::extension {

/// tidemill_host.extension: the services of every host_handle by their ids, NULL for another. Any
/// thread.
[[nodiscard]] const void* find_service(const tidemill_host* host, const char* id);

}  // namespace tidemill::extension
