#pragma once

#include <array>
#include <cstdint>

#include "network/connection_log.hpp"

namespace tidemill::network {

/// What one shard has seen since start. Plain numbers: written on the shard's loop, read there by a
/// posted task.
struct counters {
  std::uint64_t connections = 0;  ///< open now
  std::uint64_t connections_accepted = 0;
  std::array<std::uint64_t, close_reason_count> closed{};  ///< by close_reason
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t requests = 0;
  std::uint64_t responses = 0;
  std::uint64_t requests_in_work = 0;      ///< now
  std::uint64_t work_memory_bytes = 0;     ///< frames in work, now
  std::uint64_t partial_memory_bytes = 0;  ///< half-read large frames, now
  std::uint64_t held_memory_bytes = 0;     ///< see held_memory, now
  std::uint64_t memory_waits = 0;          ///< times that reading stopped because memory was spent
  std::uint64_t cold_reads = 0;            ///< file ranges that were read ahead on the pool
};

}  // namespace tidemill::network
