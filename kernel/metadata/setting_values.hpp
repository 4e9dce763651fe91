#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "metadata/topic_settings.hpp"

namespace tidemill::metadata {

// How the value of a topic setting is read and written: as Java does, for the texts come from
// Kafka's tools and go to them. Pure; any thread.

/// Without the blanks around it.
[[nodiscard]] std::string_view trimmed(std::string_view value) noexcept;

/// A decimal integer, perhaps with a sign and blanks around it.
template <class Number>
[[nodiscard]] std::optional<Number> parse_number(std::string_view value) noexcept {
  value = trimmed(value);
  if (value.size() > 1 && value.front() == '+' && value[1] != '-') {
    value.remove_prefix(1);
  }
  Number number{};
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc{} || end != value.data() + value.size()) {
    return std::nullopt;
  }
  return number;
}

/// As Java reads a double: "NaN" and "Infinity" spelt just so, hexadecimal with a binary exponent,
/// a type letter behind it.
[[nodiscard]] std::optional<double> parse_float(std::string_view value) noexcept;
/// As Java writes a double between 0 and 1.
[[nodiscard]] std::string float_text(double number);
/// "true" or "false" in any case.
[[nodiscard]] std::optional<bool> parse_boolean(std::string_view value);
/// What stands between the commas, without blanks.
[[nodiscard]] std::vector<std::string_view> elements(std::string_view value);

/// The value is one that Kafka would take.
[[nodiscard]] bool is_valid(const setting_definition& definition, std::string_view value);
/// Of a valid value: this broker does what it says.
[[nodiscard]] bool can_be_honoured(const setting_definition& definition, std::string_view value);

}  // namespace tidemill::metadata
