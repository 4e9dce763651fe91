#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "record/batch_view.hpp"
#include "record/codec.hpp"

namespace tidemill::record {

/// What a topic stores its batches with (compression.type other than "producer").
struct wanted_compression {
  compression_type type = compression_type::none;
  /// compression.{gzip,lz4,zstd}.level; nullopt: the codec's own.
  std::optional<std::int32_t> level;

  friend bool operator==(const wanted_compression&, const wanted_compression&) = default;
};

/// The same batch, compressed as wanted: same offsets, timestamps, producer and sequence, a new
/// length and checksum. `plain_records` are its records without compression. codec_missing when no
/// codec is loaded for it, and the codec's own errors.
[[nodiscard]] result<byte_buffer> recompressed(const batch_view& batch, bytes_view plain_records,
                                               const wanted_compression& wanted,
                                               const codec_set& codecs);

}  // namespace tidemill::record
