#include "server/config/setting.hpp"

#include <algorithm>

#include "base/escape.hpp"
#include "base/quantity.hpp"

namespace tidemill::server::config {
namespace {

constexpr std::size_t text_length_max = 4096;

/// The text of a value that was written as text, typed or not.
const std::string* text_of(const written_value& value) noexcept {
  if (const auto* plain = std::get_if<untyped>(&value)) {
    return &plain->text;
  }
  return std::get_if<std::string>(&value);
}

bool has_control_character(std::string_view text) noexcept {
  return std::ranges::any_of(text, [](char character) {
    const auto value = static_cast<unsigned char>(character);
    return value < 0x20U || value == 0x7FU;
  });
}

bool is_name(std::string_view text) noexcept {
  constexpr std::string_view allowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
  return !text.empty() && text.size() <= 64 &&
         text.find_first_not_of(allowed) == std::string_view::npos;
}

bool is_in_range(const setting& which, std::int64_t number) noexcept {
  return number >= which.least && number <= which.most;
}

std::optional<std::string> read_text(const setting& which, const written_value& value) {
  const std::string* text = text_of(value);
  if (text == nullptr || text->size() > text_length_max || has_control_character(*text) ||
      !is_utf8(*text)) {
    return std::nullopt;
  }
  const auto size = static_cast<std::int64_t>(text->size());
  const bool fits = which.type == kind::path            ? !text->empty()
                    : which.type == kind::name          ? is_name(*text)
                    : which.type == kind::optional_name ? text->empty() || is_name(*text)
                    : which.type == kind::choice ? std::ranges::count(which.choices, *text) != 0
                                                 : is_in_range(which, size);
  return fits ? std::optional(*text) : std::nullopt;
}

std::optional<std::int64_t> read_number(const setting& which, const written_value& value) {
  std::optional<std::int64_t> number;
  if (const auto* typed = std::get_if<std::int64_t>(&value)) {
    number = *typed;
  } else if (which.type == kind::size_bytes && text_of(value) != nullptr) {
    number = parse_size(*text_of(value));
  } else if (const auto* text = std::get_if<untyped>(&value)) {
    number = parse_integer(text->text);
  }
  return number && is_in_range(which, *number) ? number : std::nullopt;
}

std::optional<bool> read_boolean(const written_value& value) {
  if (const auto* typed = std::get_if<bool>(&value)) {
    return *typed;
  }
  const auto* text = std::get_if<untyped>(&value);
  if (text != nullptr && (text->text == "true" || text->text == "false")) {
    return text->text == "true";
  }
  return std::nullopt;
}

std::optional<std::chrono::milliseconds> read_duration(const setting& which,
                                                       const written_value& value) {
  const std::string* text = text_of(value);
  const auto duration = text == nullptr ? std::nullopt : parse_duration(*text);
  return duration && is_in_range(which, duration->count()) ? duration : std::nullopt;
}

std::optional<endpoint> read_endpoint(const setting& which, const written_value& value) {
  const std::string* text = text_of(value);
  if (text == nullptr) {
    return std::nullopt;
  }
  if (text->empty() && which.type == kind::optional_address) {
    return endpoint{};
  }
  return parse_endpoint(*text);
}

bool is_path(const std::string& text) {
  return !text.empty() && text.size() <= text_length_max && !has_control_character(text) &&
         is_utf8(text);
}

std::optional<text_list> read_paths(const written_value& value) {
  if (const auto* list = std::get_if<text_list>(&value)) {
    return std::ranges::all_of(*list, is_path) ? std::optional(*list) : std::nullopt;
  }
  const auto* text = std::get_if<untyped>(&value);
  if (text == nullptr) {
    return std::nullopt;
  }
  text_list paths;
  std::string_view rest = text->text;
  while (!rest.empty()) {
    const std::size_t colon = std::min(rest.find(':'), rest.size());
    paths.emplace_back(rest.substr(0, colon));
    rest.remove_prefix(std::min(colon + 1, rest.size()));
  }
  return std::ranges::all_of(paths, is_path) ? std::optional(paths) : std::nullopt;
}

/// Reads the value for the type of each slot.
struct reader {
  const setting& which;
  const written_value& value;

  bool operator()(std::string* into) const { return keep(into, read_text(which, value)); }
  bool operator()(std::int64_t* into) const { return keep(into, read_number(which, value)); }
  bool operator()(bool* into) const { return keep(into, read_boolean(value)); }
  bool operator()(std::chrono::milliseconds* into) const {
    return keep(into, read_duration(which, value));
  }
  bool operator()(endpoint* into) const { return keep(into, read_endpoint(which, value)); }
  bool operator()(text_list* into) const { return keep(into, read_paths(value)); }

  template <class T>
  static bool keep(T* into, std::optional<T> read) {
    if (read) {
      *into = std::move(*read);
    }
    return read.has_value();
  }
};

std::string quoted(std::string_view text) {
  return "\"" + escape(text, text_length_max) + "\"";
}

struct toml_writer {
  const setting& which;

  std::string operator()(const std::string* value) const { return quoted(*value); }
  std::string operator()(const std::int64_t* value) const {
    return which.type == kind::size_bytes ? quoted(format_size(*value)) : std::to_string(*value);
  }
  std::string operator()(const bool* value) const { return *value ? "true" : "false"; }
  std::string operator()(const std::chrono::milliseconds* value) const {
    return quoted(format_duration(*value));
  }
  std::string operator()(const endpoint* value) const { return quoted(to_string(*value)); }
  std::string operator()(const text_list* value) const {
    std::string text = "[";
    for (const std::string& one : *value) {
      text += (text.size() == 1 ? "" : ", ") + quoted(one);
    }
    return text + "]";
  }
};

std::string choice_list(std::span<const std::string_view> choices) {
  std::string list;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    list += i == 0 ? "" : i + 1 == choices.size() ? " or " : ", ";
    list += quoted(choices[i]);
  }
  return list;
}

}  // namespace

std::optional<std::string> store(const setting& which, const written_value& value, slot where) {
  if (std::visit(reader{which, value}, where)) {
    return std::nullopt;
  }
  return "found " + describe(value) + ", expected " + expectation(which);
}

std::string expectation(const setting& which) {
  const auto range = [&](auto format) {
    return " from " + format(which.least) + " to " + format(which.most);
  };
  switch (which.type) {
    case kind::text:
      return "text (UTF-8) of at most " + std::to_string(which.most) +
             " bytes without control characters";
    case kind::path:
      return "the path of a directory (UTF-8, at most " + std::to_string(text_length_max) +
             " bytes, no control characters)";
    case kind::name:
    case kind::optional_name:
      return "a name of 1 to 64 letters, digits, '-' and '_'";
    case kind::integer:
      return "a whole number" + range([](std::int64_t n) { return std::to_string(n); });
    case kind::size_bytes:
      return "a number of bytes, or text such as \"64MiB\"," + range(format_size);
    case kind::duration:
      return "text such as \"500ms\", \"10s\", \"5m\" or \"12h\"," +
             range([](std::int64_t n) { return format_duration(std::chrono::milliseconds(n)); });
    case kind::boolean:
      return "true or false";
    case kind::choice:
      return choice_list(which.choices);
    case kind::address:
      return "an address and a port such as \"127.0.0.1:9092\" or \"[::1]:9092\"";
    case kind::optional_address:
      return "an address and a port such as \"127.0.0.1:9092\" or \"[::1]:9092\", or \"\"";
    case kind::path_list:
      return "a list of paths such as [\"/opt/plugins\"], or paths separated by ':' in the "
             "environment and in --set";
  }
  return "something else";
}

std::string to_toml(const setting& which, slot where) {
  return std::visit(toml_writer{which}, where);
}

std::size_t entry_count(const configuration& all, std::string_view section) noexcept {
  return section == "listener"    ? all.listeners.size()
         : section == "extension" ? all.extension_list.size()
                                  : 1;
}

std::optional<std::string> topic_setting_text(const written_value& value) {
  if (const std::string* text = text_of(value)) {
    return *text;
  }
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    return std::to_string(*number);
  }
  if (const auto* fraction = std::get_if<double>(&value)) {
    return fraction_text(*fraction);
  }
  if (const auto* flag = std::get_if<bool>(&value)) {
    return *flag ? "true" : "false";
  }
  return std::nullopt;
}

}  // namespace tidemill::server::config
