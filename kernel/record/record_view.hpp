#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "record/errc.hpp"

namespace tidemill::record {

/// A header of a record, in borrowed bytes.
struct header_view {
  bytes_view key;
  std::optional<bytes_view> value;
};

/// Walks the headers of one record, at most as many as it counts. Never reads past its bytes.
class header_iterator {
 public:
  /// `bytes` are what follows the header count.
  header_iterator(bytes_view bytes, std::int32_t count) noexcept
      : position_(bytes.data()), end_(bytes.data() + bytes.size()), left_(count) {}

  /// Reads the next header into `into`. False at the end and at the first malformed header; error()
  /// tells which.
  [[nodiscard]] bool next(header_view& into) noexcept;
  /// nullopt as long as all was well. record_header_invalid, record_header_key_null; after the last
  /// header also record_size_mismatch when bytes are left over.
  [[nodiscard]] std::optional<errc> error() const noexcept {
    return error_ == errc{} ? std::nullopt : std::optional(error_);
  }

 private:
  [[nodiscard]] bool stop(errc why) noexcept;

  const std::byte* position_;
  const std::byte* end_;
  std::int32_t left_;
  errc error_{};
};

/// One record of a batch, in borrowed bytes. Its offset is the batch's base offset plus
/// offset_delta; its timestamp the base timestamp plus timestamp_delta_ms (or the batch's max
/// timestamp under LogAppendTime), see timestamp_ms_of().
struct record_view {
  std::int64_t timestamp_delta_ms = 0;
  std::int32_t offset_delta = 0;
  std::int32_t header_count = 0;
  std::optional<bytes_view> key;
  std::optional<bytes_view> value;
  /// The headers as they lie in the record; checked only when they are walked.
  bytes_view headers_bytes;

  [[nodiscard]] header_iterator headers() const noexcept {
    return header_iterator(headers_bytes, header_count);
  }
};

}  // namespace tidemill::record
