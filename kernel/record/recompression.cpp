#include "record/recompression.hpp"

#include "base/big_endian.hpp"
#include "record/errc.hpp"

namespace tidemill::record {

result<byte_buffer> recompressed(const batch_view& batch, bytes_view plain_records,
                                 const wanted_compression& wanted, const codec_set& codecs) {
  const bytes_view header = batch.bytes().first(batch_header_size);
  byte_buffer made(header.begin(), header.end());
  if (wanted.type == compression_type::none) {
    made.insert(made.end(), plain_records.begin(), plain_records.end());
  } else {
    const codec* compressor = codecs.find(wanted.type);
    if (compressor == nullptr) {
      return errc::codec_missing;
    }
    TIDEMILL_TRY(compressor->compress(plain_records, wanted.level, made));
  }
  auto attributes = load_big_endian<std::int16_t>(made.data() + attributes_position);
  attributes = static_cast<std::int16_t>((attributes & ~attributes_compression_mask) |
                                         static_cast<std::int16_t>(wanted.type));
  store_big_endian(made.data() + attributes_position, attributes);
  store_big_endian(made.data() + batch_length_position,
                   static_cast<std::int32_t>(made.size() - batch_length_overhead));
  assign_crc(made);
  return made;
}

}  // namespace tidemill::record
