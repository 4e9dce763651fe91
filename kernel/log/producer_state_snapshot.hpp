#pragma once

#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "log/producer_state.hpp"

namespace tidemill::log {

// <offset>.snapshot, Kafka's own format, version 1, all big-endian:
//
//    0  int16  version, 1
//    2  uint32 CRC-32C of all that follows
//    6  int32  number of producers, then for each of them 46 bytes:
//          int64 id, int16 epoch, int32 last sequence, int64 last offset, int32 offset delta,
//          int64 timestamp, int32 coordinator epoch, int64 first offset of the open transaction
//
// That keeps one batch of a producer, so a broker that comes back could not tell a repeated earlier
// one from a gap. Behind it stands what Kafka's reader passes over: for each producer with more
// than one batch the earlier ones, oldest first.
//
//    uint32 0x544d5053, int32 number of such producers, then for each of them
//       int64 id, int32 count (1 to 4), then for each batch 24 bytes:
//          int32 last sequence, int32 offset delta, int64 last offset, int64 timestamp

/// The file's bytes; `entries` as producer_states::entries() gives them.
[[nodiscard]] byte_buffer encode_producer_snapshot(const std::vector<producer_entry>& entries);

/// Reads it back, whether Kafka or Tidemill has written it. nullopt when it is damaged or of
/// another version: the caller takes an earlier snapshot, or applies the log from its start.
[[nodiscard]] std::optional<std::vector<producer_entry>> decode_producer_snapshot(bytes_view bytes);

}  // namespace tidemill::log
