#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace tidemill {

/// 16 bytes, most significant first, as Kafka writes topic ids and cluster ids. The text form is
/// base64url without padding, 22 characters (KIP-516).
struct uuid {
  std::array<std::uint8_t, 16> octets{};

  friend auto operator<=>(const uuid&, const uuid&) noexcept = default;
  friend bool operator==(const uuid&, const uuid&) noexcept = default;

  [[nodiscard]] bool is_zero() const noexcept { return *this == uuid{}; }
};

/// A version 4 UUID from 128 random bits. Never zero, and never starts with '-' in its text form,
/// so that it can be typed on a command line.
[[nodiscard]] uuid make_random_uuid(std::uint64_t random_high, std::uint64_t random_low) noexcept;

[[nodiscard]] std::string to_string(const uuid& id);

/// Reads the 22-character text form; nullopt for anything else.
[[nodiscard]] std::optional<uuid> parse_uuid(std::string_view text) noexcept;

}  // namespace tidemill

template <>
struct std::hash<tidemill::uuid> {
  std::size_t operator()(const tidemill::uuid& id) const noexcept;
};
