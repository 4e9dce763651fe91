#pragma once

#include "io/random.hpp"
#include "log/data_directory.hpp"
#include "server/start_failure.hpp"

namespace tidemill::server {

/// Reads whose data the directory holds, or in a new one writes it: a new cluster of this node.
/// Refuses a directory of another node. Blocks.
[[nodiscard]] start_result<log::data_directory_identity> claim(log::data_directory& directory,
                                                               broker_id self, io::random& random);

}  // namespace tidemill::server
