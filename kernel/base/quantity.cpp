#include "base/quantity.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <span>

namespace tidemill {
namespace {

struct unit {
  std::string_view name;
  std::int64_t factor;
};

// Largest first, so that formatting finds the largest that divides.
constexpr std::array<unit, 5> size_units{{{"TiB", std::int64_t{1} << 40U},
                                          {"GiB", std::int64_t{1} << 30U},
                                          {"MiB", std::int64_t{1} << 20U},
                                          {"KiB", std::int64_t{1} << 10U},
                                          {"B", 1}}};
constexpr std::array<unit, 5> duration_units{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};

/// A number that is not negative, at most one space, and one of the units.
std::optional<std::int64_t> parse_with_unit(std::string_view text, std::span<const unit> units) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = parse_integer(text.substr(0, digits));
  if (!number || digits == text.size()) {
    return std::nullopt;
  }
  std::string_view name = text.substr(digits);
  if (name.starts_with(' ')) {
    name.remove_prefix(1);
  }
  const auto found = std::ranges::find(units, name, &unit::name);
  if (found == units.end() || *number > std::numeric_limits<std::int64_t>::max() / found->factor) {
    return std::nullopt;
  }
  return *number * found->factor;
}

std::string format_with_unit(std::int64_t value, std::span<const unit> units) {
  for (const unit& candidate : units) {
    if (value != 0 && value % candidate.factor == 0) {
      return std::to_string(value / candidate.factor) + std::string(candidate.name);
    }
  }
  return std::to_string(value) + std::string(units.back().name);
}

}  // namespace

std::optional<std::int64_t> parse_integer(std::string_view text) noexcept {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || error != std::errc{} || stopped != end) {
    return std::nullopt;
  }
  return number;
}

std::optional<std::int64_t> parse_size(std::string_view text) noexcept {
  if (const auto plain = parse_integer(text); plain && *plain >= 0) {
    return plain;
  }
  return parse_with_unit(text, size_units);
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) noexcept {
  const auto count = parse_with_unit(text, duration_units);
  if (!count) {
    return std::nullopt;
  }
  return std::chrono::milliseconds(*count);
}

std::string format_size(std::int64_t bytes) {
  return format_with_unit(bytes, size_units);
}

std::string format_duration(std::chrono::milliseconds duration) {
  return format_with_unit(duration.count(), duration_units);
}

}  // namespace tidemill
