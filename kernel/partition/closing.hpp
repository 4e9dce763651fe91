#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "io/disk.hpp"
#include "log/data_directory.hpp"
#include "partition/shard_context.hpp"

namespace tidemill::partition {

/// A log that is to be closed, with the name of its directory.
using closing_log = std::pair<std::string, std::unique_ptr<open_state>>;

/// A log that was not closed cleanly, and why: the next start recovers it.
using closing_failure = std::pair<std::string, error_code>;

/// From so many logs, or syncs of one log, on, one of the whole file system takes their place.
inline constexpr std::size_t closed_together_min = 64;
/// At most so many share one: they hold descriptors meanwhile.
inline constexpr std::size_t closed_together_max = 256;

/// Closes the logs cleanly, tells the data directory, and destroys them. `descriptors` may be used
/// beyond those of the open logs. Blocks.
[[nodiscard]] std::vector<closing_failure> close_logs(std::vector<closing_log> closing,
                                                      std::size_t descriptors, io::disk& disk,
                                                      log::data_directory& directory);

}  // namespace tidemill::partition
