#include "terminal/units.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <utility>

namespace tidemill::cli {
namespace {

constexpr std::int64_t milliseconds_a_second = 1000;
constexpr double minute_seconds = 60;
constexpr double hour_seconds = 3600;

/// Takes a number off the front; nullopt when there is none.
std::optional<std::int64_t> take_number(std::string_view& text) noexcept {
  std::int64_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc()) {
    return std::nullopt;
  }
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

/// Takes exactly so many digits off the front.
std::optional<int> take_digits(std::string_view& text, std::size_t count) noexcept {
  if (text.size() < count) {
    return std::nullopt;
  }
  int value = 0;
  constexpr int base = 10;
  for (const char digit : text.substr(0, count)) {
    if (digit < '0' || digit > '9') {
      return std::nullopt;
    }
    value = value * base + (digit - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char wanted) noexcept {
  if (text.empty() || text.front() != wanted) {
    return false;
  }
  text.remove_prefix(1);
  return true;
}

/// ":34", ":34:56", ":34:56.789" behind the hour.
std::optional<std::int64_t> take_rest_of_time(std::string_view& text) noexcept {
  if (!take(text, ':')) {
    return std::nullopt;
  }
  const auto minutes = take_digits(text, 2);
  if (!minutes || *minutes > 59) {
    return std::nullopt;
  }
  std::int64_t total = *minutes * 60 * milliseconds_a_second;
  if (!take(text, ':')) {
    return total;
  }
  const auto seconds = take_digits(text, 2);
  if (!seconds || *seconds > 60) {
    return std::nullopt;
  }
  total += *seconds * milliseconds_a_second;
  if (take(text, '.')) {
    const auto fraction = take_digits(text, 3);
    if (!fraction) {
      return std::nullopt;
    }
    total += *fraction;
  }
  return total;
}

/// "Z", "+01:00", or nothing.
std::optional<std::int64_t> take_zone(std::string_view& text) noexcept {
  if (text.empty() || take(text, 'Z')) {
    return 0;
  }
  const int sign = take(text, '+') ? 1 : take(text, '-') ? -1 : 0;
  const auto hours = sign == 0 ? std::nullopt : take_digits(text, 2);
  if (!hours || !take(text, ':')) {
    return std::nullopt;
  }
  const auto minutes = take_digits(text, 2);
  if (!minutes) {
    return std::nullopt;
  }
  return sign * (std::int64_t{*hours} * 60 + *minutes) * 60 * milliseconds_a_second;
}

std::optional<std::int64_t> take_day(std::string_view& text) noexcept {
  const auto year = take_digits(text, 4);
  if (!year || !take(text, '-')) {
    return std::nullopt;
  }
  const auto month = take_digits(text, 2);
  if (!month || !take(text, '-')) {
    return std::nullopt;
  }
  const auto day = take_digits(text, 2);
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(day.value_or(0)))};
  if (!day || !date.ok()) {
    return std::nullopt;
  }
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::sys_days(date).time_since_epoch())
      .count();
}

}  // namespace

std::string size_text(std::uint64_t bytes) {
  constexpr double step = 1024;
  constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= step && unit + 1 < units.size()) {
    value /= step;
    ++unit;
  }
  char text[32] = {};
  std::snprintf(text, sizeof text, unit == 0 || value >= 100 ? "%.0f %s" : "%.1f %s", value,
                units[unit]);
  return text;
}

std::string count_text(std::int64_t count) {
  std::string text = std::to_string(count);
  constexpr std::size_t group = 3;
  const std::size_t first = count < 0 ? 1 : 0;
  for (std::size_t at = text.size(); at > first + group;) {
    at -= group;
    text.insert(at, 1, ',');
  }
  return text;
}

std::string time_text(std::int64_t milliseconds) {
  if (milliseconds < 0) {
    return "-";
  }
  const std::chrono::sys_time<std::chrono::milliseconds> time{
      std::chrono::milliseconds(milliseconds)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  char text[64] = {};
  std::snprintf(
      text, sizeof text, "%04d-%02u-%02u %02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return text;
}

std::string duration_text(double seconds) {
  char text[48] = {};
  if (seconds < 10) {
    std::snprintf(text, sizeof text, "%.1f s", seconds);
  } else if (seconds < minute_seconds) {
    std::snprintf(text, sizeof text, "%.0f s", seconds);
  } else if (seconds < hour_seconds) {
    const auto whole = static_cast<int>(seconds);
    std::snprintf(text, sizeof text, "%d min %d s", whole / 60, whole % 60);
  } else {
    const auto minutes = static_cast<long long>(seconds / minute_seconds);
    std::snprintf(text, sizeof text, "%lld h %lld min", minutes / 60, minutes % 60);
  }
  return text;
}

std::optional<std::int64_t> number_of(std::string_view text) noexcept {
  const auto value = take_number(text);
  return text.empty() ? value : std::nullopt;
}

std::optional<std::chrono::milliseconds> duration_of(std::string_view text) noexcept {
  constexpr std::array units{std::pair<std::string_view, std::int64_t>{"ms", 1},
                             std::pair<std::string_view, std::int64_t>{"s", 1000},
                             std::pair<std::string_view, std::int64_t>{"m", 60'000},
                             std::pair<std::string_view, std::int64_t>{"h", 3'600'000},
                             std::pair<std::string_view, std::int64_t>{"d", 86'400'000}};
  constexpr std::int64_t longest = std::int64_t{1} << 40;
  const auto value = take_number(text);
  for (const auto& [unit, milliseconds] : units) {
    if (value && *value >= 0 && *value < longest && text == unit) {
      return std::chrono::milliseconds(*value * milliseconds);
    }
  }
  return std::nullopt;
}

std::optional<std::int64_t> time_of(std::string_view text) noexcept {
  const auto day = take_day(text);
  if (!day || text.empty()) {
    return day;
  }
  if (!take(text, 'T') && !take(text, ' ')) {
    return std::nullopt;
  }
  const auto hours = take_digits(text, 2);
  const auto rest = hours && *hours <= 23 ? take_rest_of_time(text) : std::nullopt;
  const auto zone = rest ? take_zone(text) : std::nullopt;
  if (!zone || !text.empty()) {
    return std::nullopt;
  }
  return *day + *hours * 3600 * milliseconds_a_second + *rest - *zone;
}

}  // namespace tidemill::cli
