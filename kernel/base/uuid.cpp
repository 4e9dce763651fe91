#include "base/uuid.hpp"

#include <cstring>

namespace tidemill {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t text_length = 22;

}  // namespace

uuid make_random_uuid(std::uint64_t random_high, std::uint64_t random_low) noexcept {
  uuid id;
  for (std::size_t i = 0; i < 8; ++i) {
    id.octets[i] = static_cast<std::uint8_t>(random_high >> (56 - 8 * i));
    id.octets[8 + i] = static_cast<std::uint8_t>(random_low >> (56 - 8 * i));
  }
  id.octets[6] = static_cast<std::uint8_t>((id.octets[6] & 0x0f) | 0x40);
  id.octets[8] = static_cast<std::uint8_t>((id.octets[8] & 0x3f) | 0x80);
  // '-' is 62 in base64url: the first six bits must not be 111110.
  if ((id.octets[0] >> 2) == 62) {
    id.octets[0] = static_cast<std::uint8_t>(id.octets[0] ^ 0x80);
  }
  return id;
}

std::string to_string(const uuid& id) {
  std::string text;
  text.reserve(text_length);
  std::uint32_t bits = 0;
  int bit_count = 0;
  for (const std::uint8_t octet : id.octets) {
    bits = (bits << 8) | octet;
    bit_count += 8;
    while (bit_count >= 6) {
      bit_count -= 6;
      text.push_back(alphabet[(bits >> bit_count) & 63]);
    }
  }
  text.push_back(alphabet[(bits << (6 - bit_count)) & 63]);
  return text;
}

std::optional<uuid> parse_uuid(std::string_view text) noexcept {
  if (text.size() != text_length) {
    return std::nullopt;
  }
  uuid id;
  std::uint32_t bits = 0;
  int bit_count = 0;
  std::size_t octet_index = 0;
  for (const char character : text) {
    const auto value = alphabet.find(character);
    if (value == std::string_view::npos) {
      return std::nullopt;
    }
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    bit_count += 6;
    if (bit_count >= 8 && octet_index < id.octets.size()) {
      bit_count -= 8;
      id.octets[octet_index++] = static_cast<std::uint8_t>(bits >> bit_count);
    }
  }
  const bool padding_is_zero = (bits & ((1U << bit_count) - 1U)) == 0;
  return padding_is_zero ? std::optional<uuid>(id) : std::nullopt;
}

}  // namespace tidemill

std::size_t std::hash<tidemill::uuid>::operator()(const tidemill::uuid& id) const noexcept {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::memcpy(&high, id.octets.data(), sizeof high);
  std::memcpy(&low, id.octets.data() + sizeof high, sizeof low);
  return static_cast<std::size_t>(high ^ (low * 0x9e3779b97f4a7c15ULL));
}
