#include "protocol/reader.hpp"

#include "base/varint.hpp"

namespace tidemill::protocol {
void reader::fail(errc why) noexcept {
  if (!failed()) {
    error_ = why;
  }
  at_ = end_;
}

uuid reader::uuid_value() noexcept {
  uuid value;
  if (size_left() < value.octets.size()) {
    fail(errc::truncated);
    return value;
  }
  std::memcpy(value.octets.data(), at_, value.octets.size());
  at_ += value.octets.size();
  return value;
}

std::uint32_t reader::long_unsigned_varint() noexcept {
  bytes_view left = rest();
  std::uint32_t value = 0;
  if (!read_unsigned_varint(left, value)) {
    fail(size_left() < varint32_size_max ? errc::truncated : errc::invalid_varint);
    return 0;
  }
  at_ = left.data();
  return value;
}

std::int64_t reader::checked_length(std::int64_t length, bool null_allowed) noexcept {
  if (length < 0) {
    if (length < -1) {
      fail(errc::invalid_length);
    } else if (!null_allowed) {
      fail(errc::null_not_allowed);
    }
    return -1;
  }
  if (static_cast<std::uint64_t>(length) > size_left()) {
    fail(errc::truncated);
    return -1;
  }
  return length;
}

std::int64_t reader::string_length(bool flexible, bool null_allowed) noexcept {
  const std::int64_t length =
      flexible ? std::int64_t{unsigned_varint()} - 1 : std::int64_t{integer<std::int16_t>()};
  if (length > static_cast<std::int64_t>(string_size_bytes_max)) {
    fail(errc::invalid_length);
    return -1;
  }
  return failed() ? -1 : checked_length(length, null_allowed);
}

std::int64_t reader::bytes_length(bool flexible, bool null_allowed) noexcept {
  const std::int64_t length =
      flexible ? std::int64_t{unsigned_varint()} - 1 : std::int64_t{integer<std::int32_t>()};
  return failed() ? -1 : checked_length(length, null_allowed);
}

bytes_view reader::take(std::int64_t length) noexcept {
  const bytes_view taken{at_, static_cast<std::size_t>(length)};
  at_ += length;
  return taken;
}

std::string_view reader::string(bool flexible) noexcept {
  const auto length = string_length(flexible, false);
  return length < 0 ? std::string_view{} : as_text(take(length));
}

std::optional<std::string_view> reader::nullable_string(bool flexible, bool null_allowed) noexcept {
  const auto length = string_length(flexible, null_allowed);
  return length < 0 ? std::nullopt : std::optional(as_text(take(length)));
}

bytes_view reader::bytes(bool flexible) noexcept {
  const auto length = bytes_length(flexible, false);
  return length < 0 ? bytes_view{} : take(length);
}

std::optional<bytes_view> reader::nullable_bytes(bool flexible, bool null_allowed) noexcept {
  const auto length = bytes_length(flexible, null_allowed);
  return length < 0 ? std::nullopt : std::optional(take(length));
}

records reader::record_batches(bool flexible) noexcept {
  return records::inline_bytes(bytes(flexible));
}

std::optional<records> reader::nullable_record_batches(bool flexible, bool null_allowed) noexcept {
  const auto length = bytes_length(flexible, null_allowed);
  return length < 0 ? std::nullopt : std::optional(records::inline_bytes(take(length)));
}

bool reader::struct_present(bool null_allowed) noexcept {
  const bool present = integer<std::int8_t>() >= 0;
  if (!present && !null_allowed) {
    fail(errc::null_not_allowed);
  }
  return present && !failed();
}

bool reader::tagged_struct_present(bool null_allowed) noexcept {
  const bool present = unsigned_varint() != 0;
  if (!present && !null_allowed) {
    fail(errc::null_not_allowed);
  }
  return present && !failed();
}

std::int64_t reader::array_count(bool flexible, bool null_allowed,
                                 std::size_t element_size_bytes_min,
                                 std::size_t element_memory_bytes) noexcept {
  const std::int64_t count =
      flexible ? std::int64_t{unsigned_varint()} - 1 : std::int64_t{integer<std::int32_t>()};
  if (failed()) {
    return -1;
  }
  if (count < 0) {
    return checked_length(count, null_allowed);
  }
  // Both products fit: a count has at most 32 bits and element sizes are small.
  const auto elements = static_cast<std::uint64_t>(count);
  if (elements * element_size_bytes_min > size_left()) {
    fail(errc::truncated);
    return -1;
  }
  if (elements * element_memory_bytes > array_budget_bytes_) {
    fail(errc::budget_exceeded);
    return -1;
  }
  if (elements > elements_left_) {
    fail(errc::too_many_elements);
    return -1;
  }
  elements_left_ -= elements;
  array_budget_bytes_ -= static_cast<std::size_t>(elements * element_memory_bytes);
  return count;
}

void reader::skip_long_tags() noexcept {
  tag_cursor tags(*this);
  while (tags.next()) {
    tags.skip();
  }
}

tag_cursor::tag_cursor(reader& from) noexcept : from_(from), left_(from.unsigned_varint()) {
  section_end_ = from_.end_;
  // A tagged field takes two bytes at least, which bounds the loop by the bytes left.
  if (std::uint64_t{left_} * 2 > from_.size_left()) {
    from_.fail(errc::truncated);
    left_ = 0;
  }
}

bool tag_cursor::next() noexcept {
  if (tag_ >= 0 && !close()) {
    return false;
  }
  if (left_ == 0 || from_.failed()) {
    return false;
  }
  --left_;
  const auto tag = std::int64_t{from_.unsigned_varint()};
  const auto size = from_.unsigned_varint();
  if (from_.failed()) {
    return false;
  }
  if (tag <= tag_) {
    from_.fail(errc::tags_out_of_order);
    return false;
  }
  if (size > from_.size_left()) {
    from_.fail(errc::truncated);
    return false;
  }
  tag_ = tag;
  from_.end_ = from_.at_ + size;
  return true;
}

bool tag_cursor::close() noexcept {
  if (!from_.failed() && from_.at_ != from_.end_) {
    from_.fail(errc::trailing_bytes);
  }
  from_.end_ = section_end_;
  if (from_.failed()) {
    from_.at_ = from_.end_;
    return false;
  }
  return true;
}

}  // namespace tidemill::protocol
