#pragma once
// Inside the record room only: the decoder that iterator and validation share. Inlined, because
// validation spends its time here.

#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/varint.hpp"
#include "record/errc.hpp"

namespace tidemill::record::detail {

/// Smallest record: length, attributes, timestamp delta, offset delta, key length, value length,
/// header count, a byte each.
inline constexpr std::size_t record_size_min = 7;

constexpr std::int32_t unzigzag(std::uint32_t raw) noexcept {
  return static_cast<std::int32_t>((raw >> 1) ^ (0U - (raw & 1U)));
}

inline const std::byte* read_long_number(const std::byte* at, const std::byte* end,
                                         std::int32_t& value) noexcept {
  bytes_view from(at, end);
  return read_varint(from, value) ? from.data() : nullptr;
}
inline const std::byte* read_long_number(const std::byte* at, const std::byte* end,
                                         std::int64_t& value) noexcept {
  bytes_view from(at, end);
  return read_varlong(from, value) ? from.data() : nullptr;
}

/// Reads a zigzag number at `at`; returns where it ends, nullptr when it does not fit. One and two
/// bytes, which nearly all of them have, without a call.
template <class T>
inline const std::byte* read_number(const std::byte* at, const std::byte* end, T& value) noexcept {
  if (at < end) [[likely]] {
    const auto low = std::to_integer<std::uint32_t>(at[0]);
    if (low < 0x80U) [[likely]] {
      value = unzigzag(low);
      return at + 1;
    }
    if (end - at >= 2) [[likely]] {
      const auto high = std::to_integer<std::uint32_t>(at[1]);
      if (high < 0x80U) [[likely]] {
        value = unzigzag((low & 0x7fU) | (high << 7));
        return at + 2;
      }
    }
  }
  return read_long_number(at, end, value);
}

/// A record as it lies there. A length of -1 is a null.
struct raw_record {
  std::int64_t timestamp_delta_ms;
  std::int32_t offset_delta;
  std::int32_t key_length;
  const std::byte* key;
  std::int32_t value_length;
  const std::byte* value;
  std::int32_t header_count;
  const std::byte* headers;
  const std::byte* end;
};

/// Reads a length and steps over as many bytes; nullptr when they do not fit.
inline const std::byte* read_field(const std::byte* at, const std::byte* end, std::int32_t& length,
                                   const std::byte*& field) noexcept {
  at = read_number(at, end, length);
  if (at == nullptr || length < -1 || length > end - at) [[unlikely]] {
    return nullptr;
  }
  field = at;
  return at + (length < 0 ? 0 : length);
}

/// A header as it lies there. A length of -1 is a null.
struct raw_header {
  const std::byte* key;
  std::int32_t key_length;
  const std::byte* value;
  std::int32_t value_length;
};

/// Decodes the header at `at` in a record that ends at `end`, and moves `at` past it. errc{} if it
/// is well-formed; else `at` is unspecified.
inline errc decode_header(const std::byte*& at, const std::byte* end, raw_header& into) noexcept {
  at = read_field(at, end, into.key_length, into.key);
  if (at == nullptr) [[unlikely]] {
    return errc::record_header_invalid;
  }
  if (into.key_length < 0) [[unlikely]] {
    return errc::record_header_key_null;
  }
  at = read_field(at, end, into.value_length, into.value);
  return at == nullptr ? errc::record_header_invalid : errc{};
}

/// Decodes the record at `at`, which ends at into.end; the headers stay unread. errc{} if it is
/// well-formed. The next record's place depends on the length alone, so that the processor can work
/// on several records at a time.
inline errc decode_record(const std::byte* at, const std::byte* end, raw_record& into) noexcept {
  std::int32_t length = 0;
  at = read_number(at, end, length);
  if (at == nullptr || length < 0 || length > end - at) [[unlikely]] {
    return errc::record_length_invalid;
  }
  into.end = at + length;
  if (length < static_cast<std::int32_t>(record_size_min - 1)) [[unlikely]] {
    return errc::record_field_invalid;
  }
  ++at;  // attributes, which mean nothing yet
  at = read_number(at, into.end, into.timestamp_delta_ms);
  if (at == nullptr) [[unlikely]] {
    return errc::record_field_invalid;
  }
  at = read_number(at, into.end, into.offset_delta);
  if (at == nullptr) [[unlikely]] {
    return errc::record_field_invalid;
  }
  at = read_field(at, into.end, into.key_length, into.key);
  if (at == nullptr) [[unlikely]] {
    return errc::record_field_invalid;
  }
  at = read_field(at, into.end, into.value_length, into.value);
  if (at == nullptr) [[unlikely]] {
    return errc::record_field_invalid;
  }
  at = read_number(at, into.end, into.header_count);
  if (at == nullptr) [[unlikely]] {
    return errc::record_field_invalid;
  }
  into.headers = at;
  // A header takes two bytes at least.
  if (into.header_count < 0 || into.header_count > (into.end - at) / 2) [[unlikely]] {
    return errc::record_header_invalid;
  }
  if (into.header_count == 0 && at != into.end) [[unlikely]] {
    return errc::record_size_mismatch;
  }
  return errc{};
}

}  // namespace tidemill::record::detail
