#include <array>

#include "record/record_text.hpp"

namespace tidemill::cli {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr unsigned bits_a_digit = 6;
constexpr unsigned bits_a_byte = 8;
constexpr std::uint32_t digit_mask = 0x3F;
constexpr std::uint32_t byte_mask = 0xFF;
constexpr std::size_t digits_a_group = 4;

}  // namespace

std::string base64_of(std::string_view bytes) {
  std::string text;
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const char one : bytes) {
    held = (held << bits_a_byte) | static_cast<unsigned char>(one);
    bits += bits_a_byte;
    while (bits >= bits_a_digit) {
      bits -= bits_a_digit;
      text += alphabet[(held >> bits) & digit_mask];
    }
  }
  if (bits > 0) {
    text += alphabet[(held << (bits_a_digit - bits)) & digit_mask];
  }
  text.append((digits_a_group - text.size() % digits_a_group) % digits_a_group, '=');
  return text;
}

std::optional<std::string> bytes_of_base64(std::string_view text) {
  if (text.size() % digits_a_group != 0) {
    return std::nullopt;
  }
  for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) {
    text.remove_suffix(1);
  }
  std::string bytes;
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const char one : text) {
    const std::size_t digit = alphabet.find(one);
    if (digit == std::string_view::npos) {
      return std::nullopt;
    }
    held = (held << bits_a_digit) | static_cast<std::uint32_t>(digit);
    bits += bits_a_digit;
    if (bits >= bits_a_byte) {
      bits -= bits_a_byte;
      bytes += static_cast<char>((held >> bits) & byte_mask);
    }
  }
  return bytes;
}

}  // namespace tidemill::cli
