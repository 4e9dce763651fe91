#pragma once

#include "server/config/load.hpp"

namespace tidemill::server::config {

/// Adds problems that only several keys together show: listeners with one name or one address, an
/// address that no client can be told.
void check(loaded& all);

}  // namespace tidemill::server::config
