#pragma once

#include <optional>
#include <string>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "io/disk.hpp"

namespace tidemill::log {

inline constexpr const char* partition_metadata_name = "partition.metadata";

/// Tells which topic a log directory belongs to (KIP-516). Not synced: the first flush of the log
/// makes it durable.
///   version: 0
///   topic_id: <22 characters>
[[nodiscard]] result<void> write_partition_metadata(io::disk& disk, const std::string& directory,
                                                    const topic_id& topic);
/// nullopt when the file is not there; partition_metadata_malformed when it does not parse.
[[nodiscard]] result<std::optional<topic_id>> read_partition_metadata(io::disk& disk,
                                                                      const std::string& directory);

}  // namespace tidemill::log
