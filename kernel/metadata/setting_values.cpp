#include "metadata/setting_values.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>

#include "base/assert.hpp"

namespace tidemill::metadata {

std::string_view trimmed(std::string_view value) noexcept {
  constexpr std::string_view blanks = " \t\r\n";
  const auto first = std::min(value.find_first_not_of(blanks), value.size());
  return value.substr(first, value.find_last_not_of(blanks) - first + 1);
}

std::optional<double> parse_float(std::string_view value) noexcept {
  constexpr std::string_view exponents = "pP";
  value = trimmed(value);
  const bool is_negative = value.starts_with('-');
  if (is_negative || value.starts_with('+')) {
    value.remove_prefix(1);
  }
  if (value == "NaN") {
    return std::numeric_limits<double>::quiet_NaN();
  }
  const bool is_hexadecimal = value.starts_with("0x") || value.starts_with("0X");
  if (value.size() > 1 && std::string_view("fFdD").find(value.back()) != std::string_view::npos) {
    value.remove_suffix(1);
  }
  if (is_hexadecimal) {
    if (value.find_first_of(exponents) == std::string_view::npos) {
      return std::nullopt;
    }
    value.remove_prefix(2);
  }
  // What is left starts as a number does: from_chars knows names for what is none.
  if (value.empty() ||
      !(value.front() == '.' || is_hexadecimal || (value.front() >= '0' && value.front() <= '9'))) {
    return std::nullopt;
  }
  double number = 0;
  const auto format = is_hexadecimal ? std::chars_format::hex : std::chars_format::general;
  const auto [end, error] =
      std::from_chars(value.data(), value.data() + value.size(), number, format);
  if (error != std::errc{} || end != value.data() + value.size()) {
    return std::nullopt;
  }
  return is_negative ? -number : number;
}

std::string float_text(double number) {
  constexpr double plain_min = 1e-3;
  if (std::isnan(number)) {
    return "NaN";
  }
  std::array<char, 64> digits{};
  const bool is_plain = number >= plain_min || number == 0;
  const auto format = is_plain ? std::chars_format::fixed : std::chars_format::scientific;
  const auto [end, error] =
      std::to_chars(digits.data(), digits.data() + digits.size(), number, format);
  TIDEMILL_ASSERT(error == std::errc{});
  std::string text(digits.data(), end);
  if (is_plain) {
    return text.find('.') == std::string::npos ? text + ".0" : text;
  }
  const auto exponent = text.find("e-");
  std::string mantissa = text.substr(0, exponent);
  mantissa += mantissa.find('.') == std::string::npos ? ".0" : "";
  const auto power = text.find_first_not_of('0', exponent + 2);
  return mantissa + "E-" + text.substr(power);
}

std::optional<bool> parse_boolean(std::string_view value) {
  std::string lower(trimmed(value));
  std::ranges::transform(lower, lower.begin(), [](char character) {
    return character >= 'A' && character <= 'Z' ? static_cast<char>(character + 32) : character;
  });
  if (lower == "true" || lower == "false") {
    return lower == "true";
  }
  return std::nullopt;
}

std::vector<std::string_view> elements(std::string_view value) {
  std::vector<std::string_view> parts;
  value = trimmed(value);
  auto comma = value.empty() ? std::string_view::npos : value.find(',');
  while (comma != std::string_view::npos) {
    parts.push_back(trimmed(value.substr(0, comma)));
    value.remove_prefix(comma + 1);
    comma = value.find(',');
  }
  if (!value.empty() || !parts.empty()) {
    parts.push_back(trimmed(value));
  }
  return parts;
}

namespace {

bool is_valid_throttle(std::string_view value) {
  const auto parts = elements(value);
  if (parts.size() == 1 && parts.front() == "*") {
    return true;
  }
  return std::ranges::all_of(parts, [](std::string_view part) {
    const auto colon = part.find(':');
    return colon != std::string_view::npos && parse_number<std::uint32_t>(part.substr(0, colon)) &&
           parse_number<std::uint32_t>(part.substr(colon + 1));
  });
}

bool is_valid_number(const setting_definition& definition, std::string_view value) {
  const auto number = parse_number<std::int64_t>(value);
  const bool is_in_gap = definition.name == "compression.gzip.level" && number == 0;
  return number && *number >= definition.value_min && *number <= definition.value_max && !is_in_gap;
}

/// As extensions are named in the broker's configuration, or empty.
/// "murmur2", or "lua:orders.lua".
bool is_extension_name(std::string_view value) {
  constexpr std::size_t size_max = 64;
  constexpr std::size_t file_size_max = 100;
  constexpr std::string_view rule_prefix = "lua:";
  constexpr std::string_view allowed =
      ".abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
  const bool is_rule = value.starts_with(rule_prefix);
  const std::string_view name = is_rule ? value.substr(rule_prefix.size()) : value;
  return name.size() <= (is_rule ? file_size_max : size_max) &&
         name.find_first_not_of(allowed.substr(is_rule ? 0 : 1)) == std::string_view::npos;
}

}  // namespace

bool is_valid(const setting_definition& definition, std::string_view value) {
  const auto is_choice = [&](std::string_view part) {
    return std::ranges::find(definition.choices, part) != definition.choices.end();
  };
  switch (definition.type) {
    case setting_type::boolean:
      return parse_boolean(value).has_value();
    case setting_type::text:
      return definition.names_extension ? is_extension_name(trimmed(value))
                                        : is_choice(trimmed(value));
    case setting_type::int32:
    case setting_type::int64:
      return is_valid_number(definition, value);
    case setting_type::float64: {
      const auto number = parse_float(value);
      // Not a number is neither below nor above.
      return number && !(*number < static_cast<double>(definition.value_min)) &&
             !(*number > static_cast<double>(definition.value_max));
    }
    case setting_type::list:
      return definition.choices.empty() ? is_valid_throttle(value)
                                        : std::ranges::all_of(elements(value), is_choice);
  }
  return false;
}

bool can_be_honoured(const setting_definition& definition, std::string_view value) {
  if (definition.honoured.empty()) {
    return true;
  }
  const auto among = [&](std::string_view part) {
    return std::ranges::find(definition.honoured, part) != definition.honoured.end();
  };
  switch (definition.type) {
    case setting_type::boolean:
      return among(parse_boolean(value).value_or(false) ? "true" : "false");
    case setting_type::int32:
    case setting_type::int64:
      return among(std::to_string(parse_number<std::int64_t>(value).value_or(0)));
    case setting_type::list:
      return std::ranges::all_of(elements(value), among);
    case setting_type::text:
    case setting_type::float64:
      break;
  }
  return among(trimmed(value));
}

}  // namespace tidemill::metadata
