#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "base/big_endian.hpp"
#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/uuid.hpp"
#include "protocol/errc.hpp"
#include "protocol/records.hpp"

namespace tidemill::protocol {

/// Longest string that the protocol carries, in bytes of UTF-8, in both encodings.
inline constexpr std::size_t string_size_bytes_max = 32767;

/// Memory that the arrays of a message of this size may take once decoded. Small elements grow
/// when they are decoded (one byte can become a struct of 100), so without a bound a hostile frame
/// of the largest allowed size would cost gigabytes. Large requests are large for what they carry,
/// not for what they count up.
[[nodiscard]] constexpr std::size_t array_budget_bytes_for(
    std::size_t message_size_bytes) noexcept {
  return std::min((std::size_t{64} << 10) + 16 * message_size_bytes,
                  (std::size_t{16} << 20) + 2 * message_size_bytes);
}

/// Reads the protocol's primitive types from borrowed bytes. Strings, bytes and records come out as
/// views of those bytes, so the bytes must outlive them.
///
/// Errors stick: the first one is kept, from then on nothing is left to read and every call returns
/// zero or empty. Generated code therefore reads a struct straight through and looks once; loops
/// look at `failed()` in every round. Not thread-safe, allocates only the arrays.
class reader {
 public:
  explicit reader(bytes_view from) noexcept : reader(from, array_budget_bytes_for(from.size())) {}
  reader(bytes_view from, std::size_t array_budget_bytes) noexcept
      : at_(from.data()),
        end_(from.data() + from.size()),
        array_budget_bytes_(array_budget_bytes) {}

  [[nodiscard]] bool failed() const noexcept { return error_ != errc{}; }
  [[nodiscard]] errc error() const noexcept { return error_; }
  [[nodiscard]] std::size_t size_left() const noexcept {
    return static_cast<std::size_t>(end_ - at_);
  }
  /// The bytes not read yet.
  [[nodiscard]] bytes_view rest() const noexcept { return {at_, size_left()}; }

  /// No more than so many elements are read from now on, those of all arrays together.
  void limit_elements(std::uint64_t count_max) noexcept { elements_left_ = count_max; }

  /// Records the error, unless there is an earlier one, and leaves nothing to read.
  void fail(errc why) noexcept;

  template <class T>
  [[nodiscard]] T integer() noexcept {
    if (size_left() < sizeof(T)) [[unlikely]] {
      fail(errc::truncated);
      return T{};
    }
    const T value = load_big_endian<T>(at_);
    at_ += sizeof(T);
    return value;
  }
  [[nodiscard]] bool boolean() noexcept { return integer<std::uint8_t>() != 0; }
  [[nodiscard]] double float64() noexcept {
    return std::bit_cast<double>(integer<std::uint64_t>());
  }
  [[nodiscard]] uuid uuid_value() noexcept;

  /// LEB128 of up to 32 bits.
  [[nodiscard]] std::uint32_t unsigned_varint() noexcept {
    if (at_ != end_ && std::to_integer<std::uint8_t>(*at_) < 0x80) [[likely]] {
      return std::to_integer<std::uint32_t>(*at_++);
    }
    return long_unsigned_varint();
  }

  /// `flexible` chooses between the compact encoding and the older one with a fixed-size length.
  [[nodiscard]] std::string_view string(bool flexible) noexcept;
  [[nodiscard]] std::optional<std::string_view> nullable_string(bool flexible,
                                                                bool null_allowed) noexcept;
  [[nodiscard]] bytes_view bytes(bool flexible) noexcept;
  [[nodiscard]] std::optional<bytes_view> nullable_bytes(bool flexible, bool null_allowed) noexcept;
  [[nodiscard]] records record_batches(bool flexible) noexcept;
  [[nodiscard]] std::optional<records> nullable_record_batches(bool flexible,
                                                               bool null_allowed) noexcept;

  /// The marker before a struct that may be null; false is null.
  [[nodiscard]] bool struct_present(bool null_allowed) noexcept;
  [[nodiscard]] bool tagged_struct_present(bool null_allowed) noexcept;

  /// Reads an array, calling `read_element(T&)` for each. `element_size_bytes_min` is the least
  /// number of bytes that an element takes; a count that cannot fit is refused before allocating.
  template <class T, class ReadElement>
  void array(std::vector<T>& out, bool flexible, std::size_t element_size_bytes_min,
             ReadElement&& read_element) {
    const auto count = array_count(flexible, false, element_size_bytes_min, sizeof(T));
    if (count > 0) {
      elements(out, static_cast<std::size_t>(count), read_element);
    }
  }
  template <class T, class ReadElement>
  void nullable_array(std::optional<std::vector<T>>& out, bool flexible, bool null_allowed,
                      std::size_t element_size_bytes_min, ReadElement&& read_element) {
    const auto count = array_count(flexible, null_allowed, element_size_bytes_min, sizeof(T));
    if (count < 0) {
      out.reset();
      return;
    }
    elements(out.emplace(), static_cast<std::size_t>(count), read_element);
  }

  /// Passes over a section of tagged fields of which none is known.
  void skip_tags() noexcept {
    if (at_ != end_ && *at_ == std::byte{0}) [[likely]] {
      ++at_;
      return;
    }
    skip_long_tags();
  }

 private:
  friend class tag_cursor;

  [[nodiscard]] std::uint32_t long_unsigned_varint() noexcept;
  void skip_long_tags() noexcept;
  /// Length of a string (2 bytes when not flexible) or of bytes; -1 is null, checked against the
  /// bytes left and, unless allowed, against null.
  [[nodiscard]] std::int64_t string_length(bool flexible, bool null_allowed) noexcept;
  [[nodiscard]] std::int64_t bytes_length(bool flexible, bool null_allowed) noexcept;
  [[nodiscard]] std::int64_t checked_length(std::int64_t length, bool null_allowed) noexcept;
  [[nodiscard]] bytes_view take(std::int64_t length) noexcept;
  /// Element count, -1 for null; charges the budget.
  [[nodiscard]] std::int64_t array_count(bool flexible, bool null_allowed,
                                         std::size_t element_size_bytes_min,
                                         std::size_t element_memory_bytes) noexcept;

  template <class T, class ReadElement>
  void elements(std::vector<T>& out, std::size_t count, ReadElement& read_element) {
    out.resize(count);
    for (auto&& element : out) {
      read_element(element);
      if (failed()) [[unlikely]] {
        return;
      }
    }
  }

  const std::byte* at_;
  const std::byte* end_;
  std::size_t array_budget_bytes_;
  std::uint64_t elements_left_ = UINT64_MAX;
  errc error_{};
};

/// Walks the section of tagged fields that ends a flexible struct:
///   for (tag_cursor tags(from); tags.next();) { switch (tags.tag()) { ... default: tags.skip(); }
///   }
/// Between two calls of next() the reader ends where the field ends, and the field must be used up.
/// Tags must ascend; that also refuses duplicates (KIP-482).
class tag_cursor {
 public:
  explicit tag_cursor(reader& from) noexcept;

  /// Opens the next field; false after the last one and after an error.
  [[nodiscard]] bool next() noexcept;
  [[nodiscard]] std::uint32_t tag() const noexcept { return static_cast<std::uint32_t>(tag_); }
  /// Passes over the open field.
  void skip() noexcept { from_.at_ = from_.end_; }

 private:
  [[nodiscard]] bool close() noexcept;

  reader& from_;
  const std::byte* section_end_;
  std::uint32_t left_;
  std::int64_t tag_ = -1;
};

}  // namespace tidemill::protocol
