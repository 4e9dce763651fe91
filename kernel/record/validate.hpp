#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "record/batch_header.hpp"
#include "record/batch_view.hpp"
#include "record/codec.hpp"
#include "record/errc.hpp"

namespace tidemill::record {

/// How much of a produced batch is looked at.
enum class validation_depth {
  header,  ///< every header field, lengths, counts, checksum; compressed data by its first bytes
  full     ///< every record too; of a compressed batch when its codec is loaded
};

/// What a topic and a request ask of a produced batch.
struct validation_rules {
  validation_depth depth = validation_depth::full;
  /// max.message.bytes: the largest batch, as sent.
  std::size_t batch_size_bytes_max = 1'048'588;
  /// message.timestamp.type of the topic.
  record::timestamp_type timestamp_type = record::timestamp_type::create_time;
  /// The broker's clock, and message.timestamp.{before,after}.max.ms around it; the largest number
  /// stands for Kafka's default, which is that far back or ahead.
  std::int64_t now_ms = 0;
  std::int64_t timestamp_before_max_ms = std::numeric_limits<std::int64_t>::max();
  std::int64_t timestamp_after_max_ms = std::numeric_limits<std::int64_t>::max();
  /// A compacted topic takes no record without a key. Raises the depth to `full`; the keys of a
  /// compressed batch can be seen only when its codec is loaded.
  bool key_required = false;
  /// The request named a transactional id.
  bool transactional_allowed = false;
  /// False in Produce requests below version 7.
  bool zstd_allowed = true;
  /// Borrowed during the call. A batch whose codec is missing is judged by its header.
  const codec_set* codecs = &no_codecs();
  /// Keep the plain records of a compressed batch that was walked, for whoever looks next.
  bool keep_decompressed = false;
  /// Bound on what a compressed batch may hold, whatever its ratio; a smaller bound follows from
  /// the batch's own size (security: zip bombs).
  std::size_t decompressed_size_bytes_max = std::size_t{128} << 20;
};

/// A batch that passed.
struct validated_batch {
  batch_view batch;
  /// The largest timestamp of the records where they were walked, else what the header says; what
  /// the stored batch must say on a CreateTime topic.
  std::int64_t max_timestamp_ms = no_timestamp_ms;
  /// Offset delta of the first record that bears it; where that is not known, or no record bears a
  /// timestamp, that of the last record.
  std::int32_t max_timestamp_offset_delta = 0;
  /// Every record was looked at.
  bool walked = false;
  /// validation_rules::keep_decompressed
  std::optional<byte_buffer> decompressed = {};
};

/// A record that broke a rule, for record_errors in the answer to Produce 8 and later (KIP-467).
struct record_error {
  std::int32_t index = 0;
  errc error{};

  friend bool operator==(const record_error&, const record_error&) = default;
};
/// No more than this many are named.
inline constexpr std::size_t record_errors_max = 1000;

/// A batch that did not pass. `records` names records where single records are to blame.
struct refusal {
  errc error{};
  std::vector<record_error> records;

  [[nodiscard]] std::string_view reason() const noexcept { return record::reason(error); }
};

using verdict = boost::system::result<validated_batch, refusal>;

/// Judges what a client sent for one partition: exactly one batch of format 2 that keeps the rules.
/// kernel/record/README.md lists what is answered to what, and where that differs from Kafka. The
/// first broken rule decides. Any thread; allocates only to refuse records and to decompress.
[[nodiscard]] verdict validate_produced(bytes_view bytes, const validation_rules& rules);

/// The plain records of a compressed batch that has passed without being walked, within the bounds
/// of validate_produced(): decompressed_too_large, compressed_data_malformed.
[[nodiscard]] result<void> decompress_records(const codec& decompressor, const batch_view& batch,
                                              std::size_t batch_size_bytes_max,
                                              byte_buffer& records);

/// Makes a batch that passed ready to be stored, in place: timestamp type and max timestamp as the
/// topic wants them, and a new checksum if that changes anything. `batch` are the bytes that were
/// validated. Base offset and leader epoch are set apart (batch_view.hpp).
void prepare_for_append(mutable_bytes batch, const validated_batch& validated,
                        const validation_rules& rules) noexcept;

/// Judges a batch read back from a log, or fetched from a leader: lengths, checksum, counts;
/// any base offset >= 0, control batches, gaps and no records at all are fine there. `bytes` start
/// with the batch and may go on. The errors of peek_batch(), no_whole_batch, crc_mismatch,
/// base_offset_negative, record_count_invalid, last_offset_delta_mismatch, unknown_compression.
[[nodiscard]] result<batch_view> validate_stored(bytes_view bytes) noexcept;

}  // namespace tidemill::record
