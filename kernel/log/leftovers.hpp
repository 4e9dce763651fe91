#pragma once

#include <string>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "io/disk.hpp"

namespace tidemill::log {

/// Ends the deletions that a clean stop has dropped: removes what lost its name already, and the
/// files of segments before `first`, in the order of their offsets, for good when it returns. If
/// they stayed, later deletions would leave a hole behind them, which looks like damage after a
/// crash. Blocks.
[[nodiscard]] result<void> remove_leftovers(io::disk& disk, const std::string& directory,
                                            offset first);

}  // namespace tidemill::log
