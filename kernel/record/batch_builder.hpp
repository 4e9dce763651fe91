#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "record/batch_header.hpp"
#include "record/codec.hpp"
#include "record/record_view.hpp"

namespace tidemill::record {

/// Who wrote a batch, for idempotence and transactions (KIP-98).
struct batch_producer {
  producer_id id;
  producer_epoch epoch;
  /// nullopt in control batches only.
  std::optional<sequence> base_sequence;
};

/// The header fields of a batch to be built.
struct batch_options {
  offset base_offset{0};
  std::optional<tidemill::leader_epoch> leader_epoch;
  compression_type compression = compression_type::none;
  /// Needed unless compression is none; borrowed until finish().
  const codec* compressor = nullptr;
  record::timestamp_type timestamp_type = record::timestamp_type::create_time;
  std::optional<batch_producer> producer;
  bool transactional = false;
  bool control = false;
};

/// A record to be added. All bytes are borrowed during the call only.
struct new_record {
  std::int64_t timestamp_ms = no_timestamp_ms;
  std::optional<bytes_view> key;
  std::optional<bytes_view> value;
  std::span<const header_view> headers;
};

/// Writes one batch, record by record, into a buffer of its own. Used by the internal topics, the
/// cleaner, tests and whatever else makes records; what producers send is never rebuilt. One
/// thread.
class batch_builder {
 public:
  explicit batch_builder(const batch_options& options);

  /// Adds a record at the next offset. The first one's timestamp becomes the base timestamp.
  void append(const new_record& record);
  /// Adds a record at a given offset, as the cleaner does where others were taken out; deltas rise.
  void append_at(offset_delta delta, const new_record& record);

  [[nodiscard]] std::int32_t record_count() const noexcept { return record_count_; }
  /// Size of the batch so far, uncompressed.
  [[nodiscard]] std::size_t size_bytes() const noexcept { return buffer_.size(); }

  /// The whole batch, checksum included; the builder is then spent. `last` keeps the last offset of
  /// a batch whose last records were taken out. A batch without records needs `last`.
  /// codec_missing, batch_too_large (2 GiB), or the codec's own error.
  [[nodiscard]] result<byte_buffer> finish(std::optional<offset_delta> last = std::nullopt);

 private:
  void write_record(std::int32_t delta, const new_record& record);

  batch_options options_;
  byte_buffer buffer_;
  std::int64_t base_timestamp_ms_ = no_timestamp_ms;
  std::int64_t max_timestamp_ms_ = no_timestamp_ms;
  std::int32_t record_count_ = 0;
  std::int32_t next_delta_ = 0;
};

}  // namespace tidemill::record
