#include "server/logging/logger.hpp"

#include <algorithm>
#include <functional>

#include "base/escape.hpp"

namespace tidemill::server {
namespace {

constexpr std::size_t value_length_max = 512;

/// Text that stands alone after '=' without quotes.
bool is_plain(std::string_view text) noexcept {
  constexpr std::string_view allowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:[]@+,";
  return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos &&
         text.size() <= value_length_max;
}

/// ASCII that needs nothing done to it between quotes.
bool is_printable(std::string_view text) noexcept {
  return text.size() <= 2 * value_length_max && std::ranges::all_of(text, [](char letter) {
           return letter >= ' ' && letter <= '~' && letter != '"';
         });
}

struct text_value {
  std::string operator()(std::string_view text) const {
    return is_plain(text) ? std::string(text) : "\"" + escape(text, value_length_max) + "\"";
  }
  std::string operator()(std::int64_t number) const { return std::to_string(number); }
  std::string operator()(std::uint64_t number) const { return std::to_string(number); }
  std::string operator()(bool flag) const { return flag ? "true" : "false"; }
  std::string operator()(escaped_text value) const {
    return is_printable(value.text) ? "\"" + std::string(value.text) + "\"" : (*this)(value.text);
  }
};

struct json_value : text_value {
  using text_value::operator();
  std::string operator()(std::string_view text) const {
    return "\"" + escape_json(text, value_length_max) + "\"";
  }
  std::string operator()(escaped_text value) const { return (*this)(value.text); }
};

std::string text_line(log_level level, std::string_view event,
                      std::initializer_list<log_field> fields, std::uint32_t left_out) {
  std::string line = std::string(to_string(level)) + " " + std::string(event);
  for (const log_field& field : fields) {
    line += " " + std::string(field.key) + "=" + std::visit(text_value{}, field.value);
  }
  return left_out == 0 ? line : line + " lines_left_out=" + std::to_string(left_out);
}

std::string json_line(log_level level, std::string_view event,
                      std::initializer_list<log_field> fields, std::uint32_t left_out) {
  std::string line = "\"level\":\"" + std::string(to_string(level)) + "\",\"event\":\"" +
                     std::string(event) + "\"";
  for (const log_field& field : fields) {
    line += ",\"" + std::string(field.key) + "\":" + std::visit(json_value{}, field.value);
  }
  if (left_out != 0) {
    line += ",\"lines_left_out\":" + std::to_string(left_out);
  }
  return line;
}

}  // namespace

logger::logger(const logger_options& options, const io::clock& clock, log_output& output)
    : options_(options), clock_(clock), output_(output), level_(options.level) {}

void logger::write(log_level level, std::string_view event,
                   std::initializer_list<log_field> fields) {
  std::uint32_t left_out = 0;
  if (!is_on(level) || !admit(event, left_out)) {
    return;
  }
  output_.write(options_.format == log_format::json ? json_line(level, event, fields, left_out)
                                                    : text_line(level, event, fields, left_out));
}

bool logger::admit(std::string_view event, std::uint32_t& left_out) noexcept {
  rate& of = rates_[std::hash<std::string_view>{}(event) % rates_.size()];
  const std::int64_t now = clock_.now().time_since_epoch() / options_.interval;
  if (of.interval_number.exchange(now) != now) {
    of.lines.store(0);
  }
  if (of.lines.fetch_add(1) >= options_.lines_per_interval_max) {
    of.left_out.fetch_add(1);
    return false;
  }
  left_out = of.left_out.exchange(0);
  return true;
}

std::string_view to_string(log_level level) noexcept {
  switch (level) {
    case log_level::debug:
      return "debug";
    case log_level::info:
      return "info";
    case log_level::warn:
      return "warn";
    case log_level::error:
      return "error";
  }
  return "error";
}

log_level parse_log_level(std::string_view name) noexcept {
  for (const log_level level : {log_level::debug, log_level::info, log_level::warn}) {
    if (to_string(level) == name) {
      return level;
    }
  }
  return log_level::error;
}

}  // namespace tidemill::server
