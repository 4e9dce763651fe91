#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/big_endian.hpp"
#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "record/batch_header.hpp"
#include "record/errc.hpp"

namespace tidemill::record {

/// One record batch of format 2 in borrowed bytes: reads header fields where they lie, copies
/// nothing, checks nothing but the size. Whoever hands bytes in keeps them alive and unchanged.
/// Cheap to copy. Made by front_batch() or batch_scanner; validate.hpp tells whether it is sound.
class batch_view {
 public:
  /// `bytes` are exactly one batch; they hold at least the header, or it is a programming error.
  explicit batch_view(bytes_view bytes) noexcept;

  /// The whole batch, and its size in bytes.
  [[nodiscard]] bytes_view bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }
  /// What follows the header: the records, compressed if compression() says so.
  [[nodiscard]] bytes_view records_bytes() const noexcept {
    return bytes_.subspan(batch_header_size);
  }

  [[nodiscard]] offset base_offset() const noexcept {
    return offset{load<std::int64_t>(base_offset_position)};
  }
  /// The length field: size() - batch_length_overhead in a sound batch.
  [[nodiscard]] std::int32_t length_field() const noexcept {
    return load<std::int32_t>(batch_length_position);
  }
  [[nodiscard]] std::optional<tidemill::leader_epoch> leader_epoch() const noexcept;
  [[nodiscard]] std::int8_t magic() const noexcept { return load<std::int8_t>(magic_position); }
  [[nodiscard]] std::uint32_t crc() const noexcept { return load<std::uint32_t>(crc_position); }
  [[nodiscard]] std::int16_t attributes() const noexcept {
    return load<std::int16_t>(attributes_position);
  }
  /// nullopt for a codec id that nobody knows.
  [[nodiscard]] std::optional<compression_type> compression() const noexcept;
  [[nodiscard]] bool is_compressed() const noexcept {
    return (attributes() & attributes_compression_mask) != 0;
  }
  [[nodiscard]] record::timestamp_type timestamp_type() const noexcept {
    return has(attributes_log_append_time) ? record::timestamp_type::log_append_time
                                           : record::timestamp_type::create_time;
  }
  [[nodiscard]] bool is_transactional() const noexcept { return has(attributes_transactional); }
  [[nodiscard]] bool is_control() const noexcept { return has(attributes_control); }
  /// When the cleaner may drop the batch's tombstones (KIP-534), if it has said so.
  [[nodiscard]] std::optional<std::int64_t> delete_horizon_ms() const noexcept;

  [[nodiscard]] offset_delta last_offset_delta() const noexcept {
    return offset_delta{load<std::int32_t>(last_offset_delta_position)};
  }
  [[nodiscard]] offset last_offset() const noexcept;
  /// The offset after the batch: last_offset() + 1.
  [[nodiscard]] offset next_offset() const noexcept { return next(last_offset()); }

  /// What the timestamp deltas of the records count from.
  [[nodiscard]] std::int64_t base_timestamp_ms() const noexcept {
    return load<std::int64_t>(base_timestamp_position);
  }
  /// The latest timestamp of the records; no_timestamp_ms for none.
  [[nodiscard]] std::int64_t max_timestamp_ms() const noexcept {
    return load<std::int64_t>(max_timestamp_position);
  }

  /// nullopt when the producer is neither idempotent nor transactional.
  [[nodiscard]] std::optional<tidemill::producer_id> producer_id() const noexcept;
  [[nodiscard]] std::optional<tidemill::producer_epoch> producer_epoch() const noexcept;
  /// nullopt also in control batches.
  [[nodiscard]] std::optional<sequence> base_sequence() const noexcept;
  /// base_sequence() + last_offset_delta(), wrapping from INT32_MAX to 0.
  [[nodiscard]] std::optional<sequence> last_sequence() const noexcept;

  [[nodiscard]] std::int32_t record_count() const noexcept {
    return load<std::int32_t>(record_count_position);
  }

  /// Reads the whole batch: the checksum that crc() must equal.
  [[nodiscard]] std::uint32_t computed_crc() const noexcept;

 private:
  template <class T>
  [[nodiscard]] T load(std::size_t position) const noexcept {
    return load_big_endian<T>(bytes_.data() + position);
  }
  [[nodiscard]] bool has(std::int16_t bit) const noexcept { return (attributes() & bit) != 0; }

  bytes_view bytes_;
};

/// Sequence arithmetic of idempotent producers: `first` + `count`, wrapping from INT32_MAX to 0;
/// `count` >= 0.
[[nodiscard]] sequence advance(sequence first, std::int32_t count) noexcept;

/// What stands at the front of some bytes.
struct batch_extent {
  enum class state {
    whole,      ///< size_bytes of them are one batch of format 2
    need_more,  ///< cut off: size_bytes are needed to tell more, counted from the front
    invalid     ///< no batch starts here; `error` says why; size_bytes only for legacy_magic
  };
  state presence = state::need_more;
  std::size_t size_bytes = batch_prefix_size;
  errc error{};
};

/// Reads length and magic only. Errors: batch_length_invalid, legacy_magic, unknown_magic. Needs
/// batch_prefix_size bytes to name the size of a batch (12 + length).
[[nodiscard]] batch_extent peek_batch(bytes_view bytes) noexcept;

/// The batch at the front of `bytes`, unchecked beyond peek_batch(); no_whole_batch when cut off.
[[nodiscard]] result<batch_view> front_batch(bytes_view bytes) noexcept;

/// Walks the batches that lie one after another in a byte range, such as the answer to a fetch.
///
///   batch_scanner scanner(bytes);
///   while (auto batch = scanner.next()) { ... }
///   // scanner.position() bytes were whole batches; scanner.rest() says what stands there
class batch_scanner {
 public:
  explicit batch_scanner(bytes_view bytes) noexcept : bytes_(bytes) {}

  /// The next whole batch; nullopt at the end, at a cut batch and at an invalid one.
  [[nodiscard]] std::optional<batch_view> next() noexcept;
  /// Bytes of whole batches passed so far.
  [[nodiscard]] std::size_t position() const noexcept { return position_; }
  /// After the last batch: true when nothing is left.
  [[nodiscard]] bool at_end() const noexcept { return position_ == bytes_.size(); }
  /// What stands at position().
  [[nodiscard]] batch_extent rest() const noexcept { return peek_batch(bytes_.subspan(position_)); }

 private:
  bytes_view bytes_;
  std::size_t position_ = 0;
};

// Changes in place. `batch` is at least a whole header; the first two leave the checksum alone,
// because what they set lies outside it.

void assign_base_offset(mutable_bytes batch, offset base) noexcept;
void assign_leader_epoch(mutable_bytes batch, leader_epoch epoch) noexcept;

/// Sets timestamp type and max timestamp and, if that changed anything, writes a new checksum,
/// computed over the whole batch (`batch` is exactly one batch). For LogAppendTime
/// `max_timestamp_ms` is the time of the append, which then counts for every record.
void assign_timestamps(mutable_bytes batch, timestamp_type type,
                       std::int64_t max_timestamp_ms) noexcept;

/// Writes the checksum of a batch whose other bytes are final.
void assign_crc(mutable_bytes batch) noexcept;

}  // namespace tidemill::record
