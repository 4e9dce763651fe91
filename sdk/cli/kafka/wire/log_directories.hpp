#pragma once

#include <cstdint>

#include "kafka/offsets.hpp"

namespace tidemill::cli::wire {

/// What one broker has on its disks, in bytes by partition: DescribeLogDirs, version 1 (KIP-113).
[[nodiscard]] outcome<offset_map> partition_sizes(const connection& how, const endpoint& broker);

}  // namespace tidemill::cli::wire
