#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Kafka's primitive types, as far as the few requests need them that librdkafka does not know.
namespace tidemill::cli::wire {

/// Appends to a message. `compact` strings and arrays are those of flexible versions (KIP-482).
class message_writer {
 public:
  void int8(std::int8_t value) { integer(static_cast<std::uint64_t>(value), 1); }
  void int16(std::int16_t value) { integer(static_cast<std::uint64_t>(value), 2); }
  void int32(std::int32_t value) { integer(static_cast<std::uint64_t>(value), 4); }
  void boolean(bool value) { int8(value ? 1 : 0); }
  void string(std::string_view text);
  void nullable_string(const std::optional<std::string>& text);
  void array(std::size_t count) { int32(static_cast<std::int32_t>(count)); }
  void compact_string(std::string_view text);
  void compact_array(std::size_t count) { varint(static_cast<std::uint32_t>(count) + 1); }
  void no_tags() { varint(0); }

  [[nodiscard]] const std::vector<std::byte>& bytes() const noexcept { return bytes_; }

 private:
  void integer(std::uint64_t value, unsigned size_bytes);
  void varint(std::uint32_t value);
  void raw(std::string_view text);

  std::vector<std::byte> bytes_;
};

/// Reads a message from its front. Where it ends too early, or a length makes no sense, all that
/// follows reads as 0 and empty, and is_well() says so: look before the values are believed.
class message_reader {
 public:
  explicit message_reader(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) {}

  std::int8_t int8() { return static_cast<std::int8_t>(integer(1)); }
  std::int16_t int16() { return static_cast<std::int16_t>(integer(2)); }
  std::int32_t int32() { return static_cast<std::int32_t>(integer(4)); }
  std::int64_t int64() { return static_cast<std::int64_t>(integer(8)); }
  bool boolean() { return int8() != 0; }
  /// Empty for null.
  std::string string();
  /// 0 for null; never more than there are bytes left.
  std::size_t array();
  std::string compact_string();
  std::size_t compact_array();
  /// Bytes that are passed over: an id.
  void skip(std::size_t size_bytes) { static_cast<void>(take(size_bytes)); }
  void skip_tags();

  [[nodiscard]] bool is_well() const noexcept { return well_; }

 private:
  [[nodiscard]] std::uint64_t integer(unsigned size_bytes);
  [[nodiscard]] std::uint32_t varint();
  [[nodiscard]] std::string_view take(std::size_t size_bytes);
  [[nodiscard]] std::size_t bounded(std::int64_t count);

  std::vector<std::byte> bytes_;
  std::size_t at_ = 0;
  bool well_ = true;
};

}  // namespace tidemill::cli::wire
