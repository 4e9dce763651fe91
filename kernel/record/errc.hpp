#pragma once

#include <boost/system/error_code.hpp>
#include <string_view>
#include <type_traits>

namespace tidemill::record {

/// Why a batch or a record was not accepted. Fine enough that api/ can give the error code that
/// Kafka gives; the code that belongs to each stands behind it.
enum class errc {
  // Where one whole batch should be.
  no_whole_batch = 1,    ///< the bytes end inside the batch, or there are none: INVALID_RECORD
  more_than_one_batch,   ///< a second whole batch follows: INVALID_RECORD
  trailing_bytes,        ///< something that is no whole batch follows: INVALID_RECORD
  batch_length_invalid,  ///< a length field too small for a header: CORRUPT_MESSAGE
  legacy_magic,          ///< format 0 or 1, before Kafka 0.11: INVALID_RECORD
  unknown_magic,         ///< neither 0, 1 nor 2: CORRUPT_MESSAGE
  crc_mismatch,          ///< the checksum does not fit: CORRUPT_MESSAGE
  batch_too_large,       ///< over max.message.bytes: MESSAGE_TOO_LARGE
  // The header of a batch.
  base_offset_not_zero,  ///< a client's batch starts at offset 0: INVALID_RECORD
  base_offset_negative,  ///< stored batches only
  record_count_invalid,  ///< zero or negative, or more than the bytes can hold: INVALID_RECORD
  last_offset_delta_mismatch,              ///< not the record count minus one: INVALID_RECORD
  control_batch_from_client,               ///< INVALID_RECORD
  transactional_without_transactional_id,  ///< TRANSACTIONAL_ID_AUTHORIZATION_FAILED
  transactional_without_producer_id,       ///< INVALID_RECORD
  sequence_missing,             ///< a producer id without a base sequence: INVALID_RECORD
  log_append_time_from_client,  ///< on a LogAppendTime topic: INVALID_TIMESTAMP
  // Compression.
  unknown_compression,        ///< no such codec id: INVALID_RECORD
  compression_not_allowed,    ///< zstd in a Produce request below 7: UNSUPPORTED_COMPRESSION_TYPE
  compressed_data_malformed,  ///< does not decompress, or is not what it says: INVALID_RECORD
  decompressed_too_large,     ///< more bytes than the bound allows: INVALID_RECORD
  codec_missing,              ///< no codec is loaded for it; asked to compress or to decompress
  codec_failed,               ///< the codec cannot work, whatever the data: CORRUPT_MESSAGE
  // The records of a batch; a refusal names the record.
  records_missing,            ///< fewer records than the header counts: INVALID_RECORD
  bytes_after_records,        ///< more bytes than the counted records take: INVALID_RECORD
  record_length_invalid,      ///< negative, or past the end of the batch: INVALID_RECORD
  record_field_invalid,       ///< a number or a length inside does not fit: INVALID_RECORD
  record_size_mismatch,       ///< the fields do not fill the record: INVALID_RECORD
  record_offset_delta_wrong,  ///< not the one after that of the record before: INVALID_RECORD
  record_header_invalid,      ///< a header's length or the header count: INVALID_RECORD
  record_header_key_null,     ///< INVALID_RECORD
  record_without_key,         ///< on a compacted topic: INVALID_RECORD
  timestamp_out_of_range,     ///< message.timestamp.before/after.max.ms: INVALID_TIMESTAMP
  // Control records.
  control_record_invalid,  ///< key or value is not that of an end-transaction marker
};

/// A short sentence without a full stop, fit for an error message to the client.
[[nodiscard]] std::string_view reason(errc error) noexcept;

[[nodiscard]] const boost::system::error_category& record_category() noexcept;
[[nodiscard]] boost::system::error_code make_error_code(errc error) noexcept;

}  // namespace tidemill::record

template <>
struct boost::system::is_error_code_enum<tidemill::record::errc> : std::true_type {};
