#include "extension/config_values.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

#include "base/escape.hpp"
#include "base/quantity.hpp"
#include "base/suggestion.hpp"
#include "tidemill/host.h"

namespace tidemill::extension {
namespace {

constexpr std::size_t list_elements_max = 4096;

std::string_view trimmed(std::string_view text) noexcept {
  const std::size_t begin = std::min(text.find_first_not_of(' '), text.size());
  text.remove_prefix(begin);
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

std::optional<double> parse_number(std::string_view text) noexcept {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return !text.empty() && error == std::errc() && end == text.data() + text.size()
             ? std::optional(number)
             : std::nullopt;
}

config_element whole(std::int64_t number) {
  return {number, 0, {}};
}

/// One element out of text, as it stands in declared defaults, in the environment and in --set.
std::optional<config_element> read_text(std::uint32_t type, std::string_view text) {
  switch (type) {
    case TIDEMILL_TYPE_TEXT:
    case TIDEMILL_TYPE_TEXT_LIST:
      return is_utf8(text) ? std::optional(config_element{0, 0, std::string(text)}) : std::nullopt;
    case TIDEMILL_TYPE_INTEGER:
    case TIDEMILL_TYPE_INTEGER_LIST: {
      const auto number = parse_integer(text);
      return number ? std::optional(whole(*number)) : std::nullopt;
    }
    case TIDEMILL_TYPE_NUMBER: {
      const auto number = parse_number(text);
      return number ? std::optional(config_element{0, *number, {}}) : std::nullopt;
    }
    case TIDEMILL_TYPE_BOOLEAN:
      return text == "true"    ? std::optional(whole(1))
             : text == "false" ? std::optional(whole(0))
                               : std::nullopt;
    case TIDEMILL_TYPE_DURATION_MS: {
      const auto duration = parse_duration(text);
      return duration ? std::optional(whole(duration->count())) : std::nullopt;
    }
    case TIDEMILL_TYPE_SIZE_BYTES: {
      const auto size = parse_size(text);
      return size ? std::optional(whole(*size)) : std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

bool is_list(std::uint32_t type) noexcept {
  return type == TIDEMILL_TYPE_TEXT_LIST || type == TIDEMILL_TYPE_INTEGER_LIST;
}

/// "[a, b]" or "a, b", quotes around elements allowed.
std::optional<std::vector<std::string>> split_list(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with('[') != text.ends_with(']') || text == "[") {
    return std::nullopt;
  }
  if (text.starts_with('[')) {
    text = trimmed(text.substr(1, text.size() - 2));
  }
  std::vector<std::string> parts;
  while (!text.empty() && parts.size() < list_elements_max) {
    const std::size_t comma = std::min(text.find(','), text.size());
    std::string_view part = trimmed(text.substr(0, comma));
    if (part.size() >= 2 && part.front() == '"' && part.back() == '"') {
      part = part.substr(1, part.size() - 2);
    }
    parts.emplace_back(part);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return parts;
}

using elements = std::optional<std::vector<config_element>>;

elements read_all(std::uint32_t type, const std::string& text) {
  std::vector<std::string> parts{text};
  if (is_list(type)) {
    auto split = split_list(text);
    if (!split) {
      return std::nullopt;
    }
    parts = std::move(*split);
  }
  std::vector<config_element> all;
  for (const std::string& part : parts) {
    auto one = read_text(type, part);
    if (!one) {
      return std::nullopt;
    }
    all.push_back(std::move(*one));
  }
  return all;
}

/// Reads what TOML has typed already. A number with a unit is written as text there.
struct typed_reader {
  std::uint32_t type;

  elements operator()(const untyped& value) const { return read_all(type, value.text); }
  elements operator()(const std::string& value) const {
    const bool takes_text = type == TIDEMILL_TYPE_TEXT || type == TIDEMILL_TYPE_DURATION_MS ||
                            type == TIDEMILL_TYPE_SIZE_BYTES;
    return takes_text ? read_all(type, value) : std::nullopt;
  }
  elements operator()(std::int64_t value) const {
    const bool is_size = type == TIDEMILL_TYPE_SIZE_BYTES && value >= 0;
    if (type == TIDEMILL_TYPE_INTEGER || is_size) {
      return std::vector{whole(value)};
    }
    if (type == TIDEMILL_TYPE_NUMBER) {
      return std::vector{config_element{0, static_cast<double>(value), {}}};
    }
    return std::nullopt;
  }
  elements operator()(double value) const {
    return type == TIDEMILL_TYPE_NUMBER ? elements(std::vector{config_element{0, value, {}}})
                                        : std::nullopt;
  }
  elements operator()(bool value) const {
    return type == TIDEMILL_TYPE_BOOLEAN ? elements(std::vector{whole(value ? 1 : 0)})
                                         : std::nullopt;
  }
  elements operator()(const std::vector<std::string>& value) const {
    // An array without elements says nothing of their type.
    if (type != TIDEMILL_TYPE_TEXT_LIST && !(value.empty() && is_list(type))) {
      return std::nullopt;
    }
    std::vector<config_element> all;
    for (const std::string& text : value) {
      all.push_back({0, 0, text});
    }
    return all;
  }
  elements operator()(const std::vector<std::int64_t>& value) const {
    if (type != TIDEMILL_TYPE_INTEGER_LIST) {
      return std::nullopt;
    }
    std::vector<config_element> all;
    for (const std::int64_t number : value) {
      all.push_back(whole(number));
    }
    return all;
  }
};

std::string number_text(double value) {
  std::array<char, 32> text;
  const auto written = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), written.ptr};
}

std::string quoted(std::string_view text) {
  return "\"" + escape(text) + "\"";
}

std::string shown_element(std::uint32_t type, const config_element& one) {
  switch (type) {
    case TIDEMILL_TYPE_NUMBER:
      return number_text(one.number);
    case TIDEMILL_TYPE_BOOLEAN:
      return one.integer != 0 ? "true" : "false";
    case TIDEMILL_TYPE_DURATION_MS:
      return quoted(format_duration(std::chrono::milliseconds(one.integer)));
    case TIDEMILL_TYPE_SIZE_BYTES:
      return quoted(format_size(one.integer));
    case TIDEMILL_TYPE_TEXT:
    case TIDEMILL_TYPE_TEXT_LIST:
      return quoted(one.text);
    default:
      return std::to_string(one.integer);
  }
}

std::string shown(const config_entry& entry) {
  if (!entry.is_set) {
    return "";
  }
  if (entry.is_secret) {
    return "***";
  }
  if (!is_list(entry.type)) {
    return shown_element(entry.type, entry.elements.front());
  }
  std::string text = "[";
  for (const config_element& one : entry.elements) {
    text += (text.size() == 1 ? "" : ", ") + shown_element(entry.type, one);
  }
  return text + "]";
}

/// As messages show it; a secret's value stays out of them.
struct describer {
  std::string operator()(const untyped& value) const { return quoted(value.text); }
  std::string operator()(const std::string& value) const { return quoted(value) + " (text)"; }
  std::string operator()(std::int64_t value) const {
    return std::to_string(value) + " (a whole number)";
  }
  std::string operator()(double value) const { return number_text(value) + " (a number)"; }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(const std::vector<std::string>&) const { return "a list of texts"; }
  std::string operator()(const std::vector<std::int64_t>&) const {
    return "a list of whole numbers";
  }
};

problem unknown_key(std::span<const config_key> declared, const std::string& name) {
  std::vector<std::string_view> names;
  std::string all;
  for (const config_key& key : declared) {
    names.push_back(key.name);
    all += (all.empty() ? "" : ", ") + key.name;
  }
  const std::string head = "config." + escape(name) + ": unknown key; ";
  if (const auto near = nearest(name, names)) {
    return {head + "did you mean config." + std::string(*near) + "?"};
  }
  return {head + (all.empty() ? "the plugin takes no configuration" : "the plugin takes " + all)};
}

outcome<config_entry> read_key(const config_key& key, const written_config& written) {
  config_entry entry{key.type, key.is_secret, false, {}, {}};
  const auto given = written.find(key.name);
  elements read;
  if (given != written.end()) {
    read = std::visit(typed_reader{key.type}, given->second);
    if (!read) {
      const std::string found =
          key.is_secret ? "a value of another type" : std::visit(describer{}, given->second);
      return problem{"config." + key.name + ": found " + found + ", expected " +
                     std::string(expectation(key.type))};
    }
  } else if (key.default_value) {
    read = read_all(key.type, *key.default_value);
    if (!read) {
      return problem{"config." + key.name + ": the plugin declares the default " +
                     quoted(*key.default_value) + ", which is not " +
                     std::string(expectation(key.type))};
    }
  } else if (key.is_required) {
    return problem{"config." + key.name + " is required: " + escape(key.help)};
  }
  if (read) {
    entry.is_set = true;
    entry.elements = std::move(*read);
  }
  entry.shown = shown(entry);
  return entry;
}

}  // namespace

std::string_view expectation(std::uint32_t type) noexcept {
  switch (type) {
    case TIDEMILL_TYPE_TEXT:
      return "text (UTF-8)";
    case TIDEMILL_TYPE_INTEGER:
      return "a whole number";
    case TIDEMILL_TYPE_NUMBER:
      return "a number";
    case TIDEMILL_TYPE_BOOLEAN:
      return "true or false";
    case TIDEMILL_TYPE_DURATION_MS:
      return "a duration such as \"90s\" or \"7d\"";
    case TIDEMILL_TYPE_SIZE_BYTES:
      return "a size such as \"10MiB\"";
    case TIDEMILL_TYPE_TEXT_LIST:
      return "a list of texts";
    case TIDEMILL_TYPE_INTEGER_LIST:
      return "a list of whole numbers";
    default:
      return "";
  }
}

outcome<config_values> check_config(std::span<const config_key> declared,
                                    const written_config& written) {
  for (const auto& [name, value] : written) {
    if (std::ranges::find(declared, name, &config_key::name) == declared.end()) {
      return unknown_key(declared, name);
    }
  }
  config_values values;
  for (const config_key& key : declared) {
    TIDEMILL_TRY_ASSIGN(entry, read_key(key, written));
    values.emplace(key.name, std::move(entry));
  }
  return values;
}

}  // namespace tidemill::extension
