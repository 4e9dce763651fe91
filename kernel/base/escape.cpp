#include "base/escape.hpp"

#include <array>

namespace tidemill {
namespace {

constexpr char hex_digits[] = "0123456789abcdef";

/// Length of the well-formed UTF-8 sequence that `text` starts with; 0 when there is none. Overlong
/// forms, surrogates and the C1 control characters (which terminals obey) count as malformed.
std::size_t sequence_length(std::string_view text) noexcept {
  const auto byte = [&](std::size_t index) { return static_cast<unsigned char>(text[index]); };
  const auto continues = [&](std::size_t index) {
    return index < text.size() && (byte(index) & 0xC0U) == 0x80U;
  };
  const unsigned char first = byte(0);
  if (first < 0x80U) {
    return 1;
  }
  if (first >= 0xC2U && first <= 0xDFU && continues(1)) {
    return first == 0xC2U && byte(1) < 0xA0U ? 0 : 2;
  }
  if (first >= 0xE0U && first <= 0xEFU && continues(1) && continues(2)) {
    const bool overlong = first == 0xE0U && byte(1) < 0xA0U;
    const bool surrogate = first == 0xEDU && byte(1) >= 0xA0U;
    const bool separator = first == 0xE2U && byte(1) == 0x80U && (byte(2) & 0xFEU) == 0xA8U;
    return overlong || surrogate || separator ? 0 : 3;
  }
  if (first >= 0xF0U && first <= 0xF4U && continues(1) && continues(2) && continues(3)) {
    const bool overlong = first == 0xF0U && byte(1) < 0x90U;
    const bool too_large = first == 0xF4U && byte(1) >= 0x90U;
    return overlong || too_large ? 0 : 4;
  }
  return 0;
}

/// The letter after the backslash for the characters that have one in both notations; 0 for others.
char short_escape(char character) noexcept {
  switch (character) {
    case '"':
      return '"';
    case '\\':
      return '\\';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    default:
      return 0;
  }
}

std::string escape_with(std::string_view text, std::size_t length_max,
                        std::string_view byte_prefix) {
  std::string escaped;
  const std::size_t kept = text.size() < length_max ? text.size() : length_max;
  escaped.reserve(kept + 8);
  std::size_t position = 0;
  while (position < kept) {
    const std::size_t length = sequence_length(text.substr(position));
    const char first = text[position];
    const auto value = static_cast<unsigned char>(first);
    if (const char letter = short_escape(first); letter != 0) {
      escaped += {'\\', letter};
      position += 1;
    } else if (length == 0 || value < 0x20U || value == 0x7FU) {
      escaped += byte_prefix;
      escaped += {hex_digits[value >> 4U], hex_digits[value & 0xFU]};
      position += 1;
    } else if (position + length > kept) {
      break;
    } else {
      escaped += text.substr(position, length);
      position += length;
    }
  }
  if (position < text.size()) {
    escaped += "...(" + std::to_string(text.size() - position) + " more bytes)";
  }
  return escaped;
}

}  // namespace

std::string escape(std::string_view text, std::size_t length_max) {
  return escape_with(text, length_max, "\\x");
}

std::string escape_json(std::string_view text, std::size_t length_max) {
  return escape_with(text, length_max, "\\u00");
}

bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 0) {
      return false;
    }
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace tidemill
