#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "record/batch_view.hpp"
#include "record/errc.hpp"
#include "record/record_view.hpp"

namespace tidemill::record {

/// Walks the records of a batch in plain (never compressed, or decompressed) bytes, in order, at
/// most as many as the header counts. Never reads past the bytes, allocates nothing.
///
///   record_iterator records(batch.records_bytes(), batch.record_count());
///   record_view record;
///   while (records.next(record)) { ... }
///   if (auto error = records.error()) { ... }
class record_iterator {
 public:
  record_iterator(bytes_view records, std::int32_t count) noexcept
      : position_(records.data()), end_(records.data() + records.size()), count_(count) {}
  /// Of a batch that is not compressed; asking with a compressed one is a programming error.
  explicit record_iterator(const batch_view& batch) noexcept;

  /// Reads the next record into `into`; its headers stay unread. False at the end and at the first
  /// malformed record; error() tells which.
  [[nodiscard]] bool next(record_view& into) noexcept;

  /// nullopt as long as all was well. records_missing, bytes_after_records (after the last record),
  /// record_length_invalid, record_field_invalid, record_size_mismatch, record_header_invalid.
  [[nodiscard]] std::optional<errc> error() const noexcept {
    return error_ == errc{} ? std::nullopt : std::optional(error_);
  }
  /// Records read so far, which after an error is the index of the malformed one.
  [[nodiscard]] std::int32_t index() const noexcept { return index_; }

 private:
  [[nodiscard]] bool stop(errc why) noexcept;

  const std::byte* position_;
  const std::byte* end_;
  std::int32_t count_;
  std::int32_t index_ = 0;
  errc error_{};
};

/// Where a record of `batch` stands in the log, and what time it bears.
[[nodiscard]] offset offset_of(const batch_view& batch, const record_view& record) noexcept;
[[nodiscard]] std::int64_t timestamp_ms_of(const batch_view& batch,
                                           const record_view& record) noexcept;

}  // namespace tidemill::record
