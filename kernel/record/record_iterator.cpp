#include "record/record_iterator.hpp"

#include "base/assert.hpp"
#include "record/record_decoding.hpp"

namespace tidemill::record {
namespace {

std::optional<bytes_view> nullable(const std::byte* field, std::int32_t length) noexcept {
  return length < 0 ? std::nullopt
                    : std::optional(bytes_view(field, static_cast<std::size_t>(length)));
}

std::int64_t add_wrapping(std::int64_t base, std::int64_t delta) noexcept {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(base) +
                                   static_cast<std::uint64_t>(delta));
}

}  // namespace

bool header_iterator::next(header_view& into) noexcept {
  if (error_ != errc{}) {
    return false;
  }
  if (left_ <= 0) {
    return position_ == end_ && left_ == 0 ? false : stop(errc::record_size_mismatch);
  }
  detail::raw_header raw;
  const std::byte* at = position_;
  if (const errc error = detail::decode_header(at, end_, raw); error != errc{}) {
    return stop(error);
  }
  into.key = bytes_view(raw.key, static_cast<std::size_t>(raw.key_length));
  into.value = nullable(raw.value, raw.value_length);
  position_ = at;
  --left_;
  return true;
}

bool header_iterator::stop(errc why) noexcept {
  error_ = why;
  return false;
}

record_iterator::record_iterator(const batch_view& batch) noexcept
    : record_iterator(batch.records_bytes(), batch.record_count()) {
  TIDEMILL_ASSERT(!batch.is_compressed());
}

bool record_iterator::next(record_view& into) noexcept {
  if (error_ != errc{}) {
    return false;
  }
  if (index_ >= count_) {
    return position_ == end_ ? false : stop(errc::bytes_after_records);
  }
  if (position_ == end_) {
    return stop(errc::records_missing);
  }
  detail::raw_record raw;
  if (const errc error = detail::decode_record(position_, end_, raw); error != errc{}) {
    return stop(error);
  }
  into.timestamp_delta_ms = raw.timestamp_delta_ms;
  into.offset_delta = raw.offset_delta;
  into.header_count = raw.header_count;
  into.key = nullable(raw.key, raw.key_length);
  into.value = nullable(raw.value, raw.value_length);
  into.headers_bytes = bytes_view(raw.headers, raw.end);
  position_ = raw.end;
  ++index_;
  return true;
}

bool record_iterator::stop(errc why) noexcept {
  error_ = why;
  return false;
}

offset offset_of(const batch_view& batch, const record_view& record) noexcept {
  return offset{add_wrapping(batch.base_offset().value(), record.offset_delta)};
}

std::int64_t timestamp_ms_of(const batch_view& batch, const record_view& record) noexcept {
  return batch.timestamp_type() == timestamp_type::log_append_time
             ? batch.max_timestamp_ms()
             : add_wrapping(batch.base_timestamp_ms(), record.timestamp_delta_ms);
}

}  // namespace tidemill::record
