#include "protocol/writer.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "base/varint.hpp"
#include "protocol/reader.hpp"

namespace tidemill::protocol {
namespace {

constexpr std::uint64_t length_max = std::numeric_limits<std::int32_t>::max();
constexpr std::size_t buffer_size_bytes_min = 256;

}  // namespace

result<encoded_message> writer::finish() {
  encoded_message message;
  buffer_.resize(at_);
  message.bytes = std::exchange(buffer_, {});
  message.external_slices = std::exchange(external_slices_, {});
  at_ = 0;
  external_size_bytes_ = 0;
  const errc error = std::exchange(error_, errc{});
  if (error != errc{}) {
    return make_error_code(error);
  }
  return message;
}

void writer::grow(std::size_t size_bytes) {
  buffer_.resize(
      std::max({buffer_.size() * 2, buffer_.capacity(), at_ + size_bytes, buffer_size_bytes_min}));
}

void writer::uuid_value(const uuid& value) {
  make_room(value.octets.size());
  std::memcpy(buffer_.data() + at_, value.octets.data(), value.octets.size());
  at_ += value.octets.size();
}

void writer::raw(bytes_view value) {
  if (!value.empty()) {
    make_room(value.size());
    std::memcpy(buffer_.data() + at_, value.data(), value.size());
    at_ += value.size();
  }
}

void writer::length(std::uint64_t value, bool flexible) {
  if (value > length_max) {
    fail(errc::value_too_long);
    value = 0;
  }
  if (flexible) {
    unsigned_varint(static_cast<std::uint32_t>(value) + 1);
  } else {
    integer(static_cast<std::int32_t>(value));
  }
}

void writer::null_length(bool flexible, bool null_allowed) {
  if (!null_allowed) {
    fail(errc::null_not_allowed);
  }
  if (flexible) {
    unsigned_varint(0);
  } else {
    integer(std::int32_t{-1});
  }
}

void writer::string(std::string_view value, bool flexible) {
  if (value.size() > string_size_bytes_max) {
    fail(errc::value_too_long);
    return;
  }
  if (flexible) {
    unsigned_varint(static_cast<std::uint32_t>(value.size()) + 1);
  } else {
    integer(static_cast<std::int16_t>(value.size()));
  }
  raw(as_bytes(value));
}

void writer::nullable_string(const std::optional<std::string_view>& value, bool flexible,
                             bool null_allowed) {
  if (value) {
    string(*value, flexible);
    return;
  }
  if (!null_allowed) {
    fail(errc::null_not_allowed);
  }
  if (flexible) {
    unsigned_varint(0);
  } else {
    integer(std::int16_t{-1});
  }
}

void writer::bytes(bytes_view value, bool flexible) {
  length(value.size(), flexible);
  if (!failed()) {
    raw(value);
  }
}

void writer::nullable_bytes(const std::optional<bytes_view>& value, bool flexible,
                            bool null_allowed) {
  if (value) {
    bytes(*value, flexible);
  } else {
    null_length(flexible, null_allowed);
  }
}

void writer::record_batches(const records& value, bool flexible) {
  if (value.external_size_bytes == 0) {
    bytes(value.bytes, flexible);
    return;
  }
  length(value.external_size_bytes, flexible);
  external_slices_.push_back({at_, value.external_size_bytes, value.external_index});
  external_size_bytes_ += value.external_size_bytes;
}

void writer::nullable_record_batches(const std::optional<records>& value, bool flexible,
                                     bool null_allowed) {
  if (value) {
    record_batches(*value, flexible);
  } else {
    null_length(flexible, null_allowed);
  }
}

void writer::struct_present(bool present, bool null_allowed) {
  if (!present && !null_allowed) {
    fail(errc::null_not_allowed);
  }
  integer(static_cast<std::int8_t>(present ? 1 : -1));
}

void writer::tagged_struct_present(bool present, bool null_allowed) {
  if (!present && !null_allowed) {
    fail(errc::null_not_allowed);
  }
  unsigned_varint(present ? 1 : 0);
}

void writer::array_count(std::size_t count, bool flexible) {
  length(count, flexible);
}

void writer::null_array(bool flexible, bool null_allowed) {
  null_length(flexible, null_allowed);
}

void writer::end_tag(std::size_t payload_position) {
  TIDEMILL_ASSERT(payload_position <= at_);
  TIDEMILL_ASSERT(external_slices_.empty() ||
                  external_slices_.back().buffer_position <= payload_position);
  const std::size_t payload_size = at_ - payload_position;
  if (payload_size > length_max) {
    fail(errc::value_too_long);
    return;
  }
  std::byte prefix[varint_size_max];
  const std::size_t prefix_size = write_unsigned_varint(prefix, payload_size);
  make_room(prefix_size);
  std::byte* const payload = buffer_.data() + payload_position;
  std::memmove(payload + prefix_size, payload, payload_size);
  std::memcpy(payload, prefix, prefix_size);
  at_ += prefix_size;
}

}  // namespace tidemill::protocol
