#include "kafka/wire/message.hpp"

namespace tidemill::cli::wire {
namespace {

constexpr unsigned bits_a_byte = 8;
constexpr unsigned varint_bits = 7;
constexpr std::uint32_t varint_more = 0x80;
constexpr unsigned varint_shift_max = 28;

}  // namespace

void message_writer::integer(std::uint64_t value, unsigned size_bytes) {
  for (unsigned left = size_bytes; left > 0; --left) {
    bytes_.push_back(static_cast<std::byte>(value >> (bits_a_byte * (left - 1))));
  }
}

void message_writer::varint(std::uint32_t value) {
  while (value >= varint_more) {
    bytes_.push_back(static_cast<std::byte>(value | varint_more));
    value >>= varint_bits;
  }
  bytes_.push_back(static_cast<std::byte>(value));
}

void message_writer::raw(std::string_view text) {
  for (const char one : text) {
    bytes_.push_back(static_cast<std::byte>(one));
  }
}

void message_writer::string(std::string_view text) {
  int16(static_cast<std::int16_t>(text.size()));
  raw(text);
}

void message_writer::nullable_string(const std::optional<std::string>& text) {
  if (text) {
    string(*text);
  } else {
    int16(-1);
  }
}

void message_writer::compact_string(std::string_view text) {
  varint(static_cast<std::uint32_t>(text.size()) + 1);
  raw(text);
}

std::string_view message_reader::take(std::size_t size_bytes) {
  if (!well_ || size_bytes > bytes_.size() - at_) {
    well_ = false;
    return {};
  }
  const auto* const begin = reinterpret_cast<const char*>(bytes_.data()) + at_;
  at_ += size_bytes;
  return {begin, size_bytes};
}

std::uint64_t message_reader::integer(unsigned size_bytes) {
  std::uint64_t value = 0;
  for (const char one : take(size_bytes)) {
    value = (value << bits_a_byte) | static_cast<unsigned char>(one);
  }
  return value;
}

std::uint32_t message_reader::varint() {
  std::uint32_t value = 0;
  for (unsigned shift = 0; shift <= varint_shift_max; shift += varint_bits) {
    const auto one = static_cast<std::uint8_t>(int8());
    value |= static_cast<std::uint32_t>(one & ~varint_more) << shift;
    if ((one & varint_more) == 0) {
      return value;
    }
  }
  well_ = false;
  return 0;
}

std::size_t message_reader::bounded(std::int64_t count) {
  if (count < -1 || count > static_cast<std::int64_t>(bytes_.size() - at_)) {
    well_ = false;
  }
  return !well_ || count < 0 ? 0 : static_cast<std::size_t>(count);
}

std::string message_reader::string() {
  return std::string(take(bounded(int16())));
}

std::size_t message_reader::array() {
  return bounded(int32());
}

std::string message_reader::compact_string() {
  return std::string(take(compact_array()));
}

std::size_t message_reader::compact_array() {
  return bounded(std::int64_t{varint()} - 1);
}

void message_reader::skip_tags() {
  const std::size_t count = bounded(varint());
  for (std::size_t at = 0; at < count && well_; ++at) {
    static_cast<void>(varint());
    skip(varint());
  }
}

}  // namespace tidemill::cli::wire
