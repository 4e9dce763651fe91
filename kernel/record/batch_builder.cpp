#include "record/batch_builder.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/assert.hpp"
#include "base/big_endian.hpp"
#include "base/varint.hpp"
#include "record/batch_view.hpp"
#include "record/errc.hpp"

namespace tidemill::record {
namespace {

constexpr std::int32_t int32_max = std::numeric_limits<std::int32_t>::max();

std::size_t field_size(const std::optional<bytes_view>& field) noexcept {
  return field ? varint_size(static_cast<std::int64_t>(field->size())) + field->size()
               : varint_size(-1);
}

std::byte* write_field(std::byte* at, const std::optional<bytes_view>& field) noexcept {
  if (!field) {
    return at + write_varint(at, -1);
  }
  at += write_varint(at, static_cast<std::int64_t>(field->size()));
  if (!field->empty()) {
    std::memcpy(at, field->data(), field->size());
  }
  return at + field->size();
}

std::int16_t attributes_of(const batch_options& options) noexcept {
  int attributes = static_cast<int>(options.compression);
  if (options.timestamp_type == timestamp_type::log_append_time) {
    attributes |= attributes_log_append_time;
  }
  if (options.transactional) {
    attributes |= attributes_transactional;
  }
  if (options.control) {
    attributes |= attributes_control;
  }
  return static_cast<std::int16_t>(attributes);
}

void write_producer(std::byte* header, const std::optional<batch_producer>& producer) noexcept {
  std::int64_t id = -1;
  std::int16_t epoch = -1;
  std::int32_t first = -1;
  if (producer) {
    id = producer->id.value();
    epoch = producer->epoch.value();
    first = producer->base_sequence ? producer->base_sequence->value() : -1;
  }
  store_big_endian(header + producer_id_position, id);
  store_big_endian(header + producer_epoch_position, epoch);
  store_big_endian(header + base_sequence_position, first);
}

}  // namespace

batch_builder::batch_builder(const batch_options& options)
    : options_(options), buffer_(batch_header_size) {}

void batch_builder::append(const new_record& record) {
  append_at(offset_delta{next_delta_}, record);
}

void batch_builder::append_at(offset_delta delta, const new_record& record) {
  TIDEMILL_ASSERT(delta.value() >= next_delta_);
  TIDEMILL_ASSERT(delta.value() < int32_max);
  if (record_count_ == 0) {
    base_timestamp_ms_ = record.timestamp_ms;
  }
  max_timestamp_ms_ = std::max(max_timestamp_ms_, record.timestamp_ms);
  const auto narrow = static_cast<std::int32_t>(delta.value());
  write_record(narrow, record);
  next_delta_ = narrow + 1;
  ++record_count_;
}

void batch_builder::write_record(std::int32_t delta, const new_record& record) {
  // Unsigned, so that the farthest timestamps wrap as they do in every reader.
  const auto timestamp_delta =
      static_cast<std::int64_t>(static_cast<std::uint64_t>(record.timestamp_ms) -
                                static_cast<std::uint64_t>(base_timestamp_ms_));
  const auto header_count = static_cast<std::int64_t>(record.headers.size());
  std::size_t body_size = 1 + varint_size(timestamp_delta) + varint_size(delta) +
                          field_size(record.key) + field_size(record.value) +
                          varint_size(header_count);
  for (const header_view& header : record.headers) {
    body_size += field_size(header.key) + field_size(header.value);
  }
  TIDEMILL_ASSERT(body_size <= static_cast<std::size_t>(int32_max));
  const auto length = static_cast<std::int64_t>(body_size);
  const std::size_t begin = buffer_.size();
  const std::size_t end = begin + varint_size(length) + body_size;
  if (buffer_.capacity() < end) {
    buffer_.reserve(std::max(end, buffer_.capacity() * 2));
  }
  buffer_.resize(end);

  std::byte* at = buffer_.data() + begin;
  at += write_varint(at, length);
  *at++ = std::byte{0};  // attributes
  at += write_varint(at, timestamp_delta);
  at += write_varint(at, delta);
  at = write_field(at, record.key);
  at = write_field(at, record.value);
  at += write_varint(at, header_count);
  for (const header_view& header : record.headers) {
    at = write_field(at, header.key);
    at = write_field(at, header.value);
  }
  TIDEMILL_ASSERT(at == buffer_.data() + end);
}

result<byte_buffer> batch_builder::finish(std::optional<offset_delta> last) {
  const offset_delta last_delta = last.value_or(offset_delta{next_delta_ - 1});
  TIDEMILL_ASSERT(last_delta.value() >= std::max(next_delta_ - 1, 0));
  TIDEMILL_ASSERT(last_delta.value() <= int32_max);
  byte_buffer batch = std::move(buffer_);
  if (options_.compression != compression_type::none) {
    if (options_.compressor == nullptr) {
      return errc::codec_missing;
    }
    const byte_buffer plain = std::move(batch);
    batch = byte_buffer(batch_header_size);
    TIDEMILL_TRY(options_.compressor->compress(bytes_view(plain).subspan(batch_header_size),
                                               std::nullopt, batch));
  }
  const std::size_t length = batch.size() - batch_length_overhead;
  if (length > static_cast<std::size_t>(int32_max)) {
    return errc::batch_too_large;
  }
  std::byte* header = batch.data();
  const std::int32_t epoch = options_.leader_epoch ? options_.leader_epoch->value() : -1;
  store_big_endian(header + base_offset_position, options_.base_offset.value());
  store_big_endian(header + batch_length_position, static_cast<std::int32_t>(length));
  store_big_endian(header + leader_epoch_position, epoch);
  store_big_endian(header + magic_position, batch_magic);
  store_big_endian(header + attributes_position, attributes_of(options_));
  store_big_endian(header + last_offset_delta_position,
                   static_cast<std::int32_t>(last_delta.value()));
  store_big_endian(header + base_timestamp_position, base_timestamp_ms_);
  store_big_endian(header + max_timestamp_position, max_timestamp_ms_);
  write_producer(header, options_.producer);
  store_big_endian(header + record_count_position, record_count_);
  assign_crc(batch);
  return batch;
}

}  // namespace tidemill::record
