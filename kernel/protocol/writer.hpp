#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/assert.hpp"
#include "base/big_endian.hpp"
#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/uuid.hpp"
#include "protocol/errc.hpp"
#include "protocol/records.hpp"

namespace tidemill::protocol {

/// What a writer made: the bytes, and the external slices that belong between them, in order of
/// position. Send bytes [0, p0), slice 0, bytes [p0, p1), slice 1, ... and the rest.
struct encoded_message {
  byte_buffer bytes;
  std::vector<external_slice> external_slices;

  /// Bytes on the wire, external slices included.
  [[nodiscard]] std::uint64_t size_bytes() const noexcept {
    std::uint64_t size = bytes.size();
    for (const external_slice& slice : external_slices) {
      size += slice.size_bytes;
    }
    return size;
  }
};

/// Writes the protocol's primitive types into a buffer that grows. Values are copied, except
/// external records (records.hpp). Errors stick: the first one is kept and finish() returns it.
/// Not thread-safe.
class writer {
 public:
  writer() = default;
  /// Writes into a buffer used before, to save its allocation; its content is dropped.
  explicit writer(byte_buffer recycled) noexcept : buffer_(std::move(recycled)) {}

  [[nodiscard]] bool failed() const noexcept { return error_ != errc{}; }
  [[nodiscard]] errc error() const noexcept { return error_; }
  void fail(errc why) noexcept {
    if (!failed()) {
      error_ = why;
    }
  }

  /// Bytes written to the buffer; external slices are not among them.
  [[nodiscard]] std::size_t position() const noexcept { return at_; }
  /// Bytes written, external slices included.
  [[nodiscard]] std::uint64_t size_bytes() const noexcept { return at_ + external_size_bytes_; }
  /// What stands in the buffer; valid until the next call.
  [[nodiscard]] bytes_view written() const noexcept { return {buffer_.data(), at_}; }

  /// Hands the result over, or the first error; the writer is then empty.
  [[nodiscard]] result<encoded_message> finish();

  void reserve(std::size_t size_bytes) { make_room(size_bytes); }

  template <class T>
  void integer(T value) {
    make_room(sizeof(T));
    store_big_endian(buffer_.data() + at_, value);
    at_ += sizeof(T);
  }
  void boolean(bool value) { integer(static_cast<std::uint8_t>(value ? 1 : 0)); }
  void float64(double value) { integer(std::bit_cast<std::uint64_t>(value)); }
  void uuid_value(const uuid& value);
  void unsigned_varint(std::uint32_t value) {
    make_room(varint_size_max);
    while (value >= 0x80) [[unlikely]] {
      buffer_[at_++] = static_cast<std::byte>((value & 0x7fU) | 0x80U);
      value >>= 7;
    }
    buffer_[at_++] = static_cast<std::byte>(value);
  }

  /// `flexible` chooses between the compact encoding and the older one with a fixed-size length.
  void string(std::string_view value, bool flexible);
  void nullable_string(const std::optional<std::string_view>& value, bool flexible,
                       bool null_allowed);
  void bytes(bytes_view value, bool flexible);
  void nullable_bytes(const std::optional<bytes_view>& value, bool flexible, bool null_allowed);
  void record_batches(const records& value, bool flexible);
  void nullable_record_batches(const std::optional<records>& value, bool flexible,
                               bool null_allowed);

  /// The marker before a struct that may be null.
  void struct_present(bool present, bool null_allowed);
  void tagged_struct_present(bool present, bool null_allowed);

  template <class T, class WriteElement>
  void array(const std::vector<T>& values, bool flexible, WriteElement&& write_element) {
    array_count(values.size(), flexible);
    for (const auto& value : values) {
      write_element(value);
    }
  }
  template <class T, class WriteElement>
  void nullable_array(const std::optional<std::vector<T>>& values, bool flexible, bool null_allowed,
                      WriteElement&& write_element) {
    if (!values) {
      null_array(flexible, null_allowed);
      return;
    }
    array(*values, flexible, write_element);
  }

  /// A tagged field: begin_tag, the payload, end_tag with what begin_tag gave. External records
  /// cannot stand inside.
  [[nodiscard]] std::size_t begin_tag(std::uint32_t tag) {
    unsigned_varint(tag);
    return at_;
  }
  void end_tag(std::size_t payload_position);

  /// Overwrites four bytes written before, for a length that is known later.
  void patch_int32(std::size_t position, std::int32_t value) noexcept {
    TIDEMILL_ASSERT(position + sizeof value <= at_);
    store_big_endian(buffer_.data() + position, value);
  }

 private:
  static constexpr std::size_t varint_size_max = 5;

  void make_room(std::size_t size_bytes) {
    if (buffer_.size() - at_ < size_bytes) [[unlikely]] {
      grow(size_bytes);
    }
  }
  void grow(std::size_t size_bytes);
  void raw(bytes_view value);
  void length(std::uint64_t value, bool flexible);
  void null_length(bool flexible, bool null_allowed);
  void array_count(std::size_t count, bool flexible);
  void null_array(bool flexible, bool null_allowed);

  byte_buffer buffer_;  // its size is the room, at_ says how much of it is written
  std::size_t at_ = 0;
  std::uint64_t external_size_bytes_ = 0;
  std::vector<external_slice> external_slices_;
  errc error_{};
};

}  // namespace tidemill::protocol
