#pragma once

#include <string>

#include "base/result.hpp"
#include "io/disk.hpp"

namespace tidemill::log {

// How one segment takes the place of others (log::replace()), by renames whose order in a directory
// a crash keeps:
//   1  <base>.log.cleaned, durable, becomes <base>.log.swap
//   2  the old .log files lose their names, from the first on, and their indexes go
//   3  the new indexes, then <base>.log.swap, get their final names
// Before the first old file has lost its name a crash leads back to the old segments; from then on
// to the new one. Which of the others it replaces follows from where it ends, for its last batch
// always stays.

/// Ends what a crash has left in the midst. Blocks. errc::corrupt when a segment that has to take
/// the place of others cannot be read.
[[nodiscard]] result<void> settle_swaps(io::disk& disk, const std::string& directory);

}  // namespace tidemill::log
