#include "record/batch_rewrite.hpp"

#include <algorithm>
#include <array>

#include "base/assert.hpp"
#include "base/big_endian.hpp"
#include "base/varint.hpp"
#include "record/recompression.hpp"
#include "record/record_decoding.hpp"
#include "record/record_walk.hpp"

namespace tidemill::record {
namespace {

/// A record's length and timestamp delta are written anew, the rest is copied.
void append_rebased(byte_buffer& to, bytes_view after_timestamp, std::int64_t delta_ms) {
  const std::size_t body = 1 + varint_size(delta_ms) + after_timestamp.size();
  std::array<std::byte, 2 * varint64_size_max + 1> front;
  std::byte* at = front.data();
  at += write_varint(at, static_cast<std::int64_t>(body));
  *at++ = std::byte{0};  // attributes, which mean nothing yet
  at += write_varint(at, delta_ms);
  to.insert(to.end(), front.data(), at);
  to.insert(to.end(), after_timestamp.begin(), after_timestamp.end());
}

/// What follows the timestamp delta of the record that starts at `at`; it was decoded before.
bytes_view after_timestamp(const std::byte* at, const std::byte* end) noexcept {
  std::int32_t length = 0;
  std::int64_t delta = 0;
  at = detail::read_number(at, end, length);
  at = detail::read_number(at + 1, end, delta);
  return {at, end};
}

struct kept_part {
  byte_buffer records;
  std::int32_t count = 0;
  std::int64_t max_timestamp_ms = no_timestamp_ms;
};

result<kept_part> copy_kept(const batch_view& batch, bytes_view plain,
                            const std::vector<bool>& keep,
                            std::optional<std::int64_t> delete_horizon_ms) {
  const bool is_append_time = batch.timestamp_type() == timestamp_type::log_append_time;
  const std::byte* at = plain.data();
  const std::byte* const end = at + plain.size();
  kept_part part;
  part.records.reserve(plain.size());
  for (std::size_t index = 0; index < keep.size(); ++index) {
    detail::raw_record record;
    if (const errc flaw = detail::decode_record(at, end, record); flaw != errc{}) {
      return flaw;
    }
    if (keep[index]) {
      const std::int64_t time_ms =
          is_append_time
              ? batch.max_timestamp_ms()
              : detail::timestamp_ms_at(batch.base_timestamp_ms(), record.timestamp_delta_ms);
      if (delete_horizon_ms) {
        const auto delta = static_cast<std::int64_t>(
            static_cast<std::uint64_t>(time_ms) - static_cast<std::uint64_t>(*delete_horizon_ms));
        append_rebased(part.records, after_timestamp(at, record.end), delta);
      } else {
        part.records.insert(part.records.end(), at, record.end);
      }
      part.max_timestamp_ms = std::max(part.max_timestamp_ms, time_ms);
      ++part.count;
    }
    at = record.end;
  }
  return part;
}

void set_attributes(byte_buffer& header, std::int16_t clear, std::int16_t set) noexcept {
  auto attributes = load_big_endian<std::int16_t>(header.data() + attributes_position);
  attributes = static_cast<std::int16_t>((attributes & ~clear) | set);
  store_big_endian(header.data() + attributes_position, attributes);
}

byte_buffer header_of(const batch_view& batch) {
  const bytes_view header = batch.bytes().first(batch_header_size);
  return {header.begin(), header.end()};
}

}  // namespace

result<byte_buffer> with_records(const batch_view& batch, bytes_view plain_records,
                                 const std::vector<bool>& keep,
                                 std::optional<std::int64_t> delete_horizon_ms,
                                 const codec_set& codecs) {
  TIDEMILL_TRY_ASSIGN(part, copy_kept(batch, plain_records, keep, delete_horizon_ms));
  TIDEMILL_ASSERT(part.count > 0);
  byte_buffer header = header_of(batch);
  if (delete_horizon_ms) {
    set_attributes(header, 0, attributes_delete_horizon);
    store_big_endian(header.data() + base_timestamp_position, *delete_horizon_ms);
  }
  if (batch.timestamp_type() == timestamp_type::create_time) {
    store_big_endian(header.data() + max_timestamp_position, part.max_timestamp_ms);
  }
  store_big_endian(header.data() + record_count_position, part.count);
  const auto type = batch.compression();
  if (!type) {
    return errc::unknown_compression;
  }
  return recompressed(batch_view(header), part.records, {*type, std::nullopt}, codecs);
}

byte_buffer without_records(const batch_view& batch) {
  byte_buffer header = header_of(batch);
  set_attributes(header, attributes_compression_mask | attributes_delete_horizon, 0);
  store_big_endian(header.data() + batch_length_position,
                   static_cast<std::int32_t>(batch_header_size - batch_length_overhead));
  store_big_endian(header.data() + base_timestamp_position, no_timestamp_ms);
  store_big_endian(header.data() + record_count_position, std::int32_t{0});
  assign_crc(header);
  return header;
}

}  // namespace tidemill::record
