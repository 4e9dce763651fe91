#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "record/batch_view.hpp"
#include "record/codec.hpp"

namespace tidemill::record {

// What the log cleaner makes of a stored batch. Base offset, last offset, leader epoch, producer
// and sequences stay, so that readers and idempotence find what they expect; the deltas of records
// that stay are those they had. Pure.

/// The batch with those of its records for which `keep` is true; at least one is. `plain_records`
/// are its records without compression, `keep` has an entry for each. Compressed again with its own
/// codec. `delete_horizon_ms`, where given, becomes the base timestamp, and the batch is marked to
/// say so (KIP-534). Errors: those of a malformed record, codec_missing, the codec's own.
[[nodiscard]] result<byte_buffer> with_records(const batch_view& batch, bytes_view plain_records,
                                               const std::vector<bool>& keep,
                                               std::optional<std::int64_t> delete_horizon_ms,
                                               const codec_set& codecs);

/// The batch without any record: only its header, as Kafka keeps the last batch of a producer.
[[nodiscard]] byte_buffer without_records(const batch_view& batch);

}  // namespace tidemill::record
