#include "record/errc.hpp"

#include "base/error_category.hpp"

namespace tidemill::record {

// One case for each.
std::string_view reason(errc error) noexcept {  // NOLINT(readability-function-size)
  switch (error) {
    case errc::no_whole_batch:
      return "there is no whole record batch";
    case errc::more_than_one_batch:
      return "there is more than one record batch for the partition";
    case errc::trailing_bytes:
      return "bytes that are no whole record batch follow the record batch";
    case errc::batch_length_invalid:
      return "the length of the record batch is too small for its header";
    case errc::legacy_magic:
      return "the record format is 0 or 1, only format 2 is served";
    case errc::unknown_magic:
      return "the record format is unknown";
    case errc::crc_mismatch:
      return "the checksum of the record batch does not fit its bytes";
    case errc::batch_too_large:
      return "the record batch is larger than the topic allows";
    case errc::base_offset_not_zero:
      return "the base offset of a produced record batch is not 0";
    case errc::base_offset_negative:
      return "the base offset of the record batch is negative";
    case errc::record_count_invalid:
      return "the record count of the record batch is impossible";
    case errc::last_offset_delta_mismatch:
      return "the last offset delta of the record batch does not fit its record count";
    case errc::control_batch_from_client:
      return "clients may not write control records";
    case errc::transactional_without_transactional_id:
      return "the record batch is transactional, the request names no transactional id";
    case errc::transactional_without_producer_id:
      return "the record batch is transactional and has no producer id";
    case errc::sequence_missing:
      return "the record batch has a producer id and no sequence number or epoch";
    case errc::log_append_time_from_client:
      return "a producer may not set the timestamp type to LogAppendTime";
    case errc::unknown_compression:
      return "the compression of the record batch is unknown";
    case errc::compression_not_allowed:
      return "zstd needs version 7 of the request or a later one";
    case errc::compressed_data_malformed:
      return "the records do not decompress with the compression that the record batch names";
    case errc::decompressed_too_large:
      return "the records of the record batch are too large when decompressed";
    case errc::codec_missing:
      return "no codec is loaded for the compression of the record batch";
    case errc::codec_failed:
      return "the codec for the compression of the record batch has failed";
    case errc::records_missing:
      return "the record batch has fewer records than its header counts";
    case errc::bytes_after_records:
      return "bytes follow the last record of the record batch";
    case errc::record_length_invalid:
      return "the length of a record is negative or reaches past the record batch";
    case errc::record_field_invalid:
      return "a field of a record is malformed or reaches past the record";
    case errc::record_size_mismatch:
      return "the fields of a record do not fill its length";
    case errc::record_offset_delta_wrong:
      return "the offset deltas of the records do not count up from 0";
    case errc::record_header_invalid:
      return "a header of a record is malformed";
    case errc::record_header_key_null:
      return "a header of a record has no key";
    case errc::record_without_key:
      return "a compacted topic takes no record without a key";
    case errc::timestamp_out_of_range:
      return "the timestamp of a record is out of the range that the topic allows";
    case errc::control_record_invalid:
      return "a control record is malformed";
  }
  return "unknown error of a record batch";
}

const boost::system::error_category& record_category() noexcept {
  static const error_category<errc, reason> instance("tidemill.record");
  return instance;
}

boost::system::error_code make_error_code(errc error) noexcept {
  return {static_cast<int>(error), record_category()};
}

}  // namespace tidemill::record
