#pragma once

#include <cstdint>

#include "base/bytes.hpp"

namespace tidemill::protocol {

/// The value of a `records` field: record batches exactly as they stand on disk.
///
/// Decoding gives a view of the frame (`bytes`). Encoding takes either a view, or an *external*
/// slice: bytes that are not in memory, such as a range of a segment file. For an external slice
/// the writer writes the length prefix only and remembers where the slice belongs
/// (`external_slice`), so that the network layer sends buffer, file range, buffer.
struct records {
  bytes_view bytes{};
  /// Size of the external slice; 0 means that `bytes` is the content.
  std::uint64_t external_size_bytes = 0;
  /// What the caller needs to find the slice again, for example an index into its list of ranges.
  std::uint32_t external_index = 0;

  [[nodiscard]] static records inline_bytes(bytes_view content) noexcept { return {content, 0, 0}; }
  [[nodiscard]] static records external(std::uint32_t index, std::uint64_t size_bytes) noexcept {
    return {{}, size_bytes, index};
  }

  [[nodiscard]] std::uint64_t size_bytes() const noexcept {
    return external_size_bytes != 0 ? external_size_bytes : bytes.size();
  }
};

/// Where an external slice belongs in an encoded message.
struct external_slice {
  std::size_t buffer_position;  ///< The slice goes before the buffer's byte with this index.
  std::uint64_t size_bytes;
  std::uint32_t index;  ///< records::external_index
};

}  // namespace tidemill::protocol
