#pragma once

#include <cstdint>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "tidemill/plugin.h"

namespace tidemill::testkit {

/// A configuration as a test writes it: every value as the text that would stand in the TOML file.
using settings = std::map<std::string, std::string>;

/// A number with a unit: "90s", "7d", "10MiB".
[[nodiscard]] inline std::int64_t parse_amount(const std::string& text) {
  static const std::map<std::string, std::int64_t, std::less<>> units = {
      {"", 1},           {"ms", 1}, {"s", 1000},      {"m", 60'000},    {"h", 3'600'000},
      {"d", 86'400'000}, {"B", 1},  {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}};
  char* rest = nullptr;
  const std::int64_t number = std::strtoll(text.c_str(), &rest, 10);
  const auto unit = units.find(std::string_view(rest));
  if (rest == text.c_str() || unit == units.end()) {
    throw std::runtime_error("'" + text + "' is not an amount");
  }
  return number * unit->second;
}

/// "[a, b]" as its elements; quotes around them are taken away.
[[nodiscard]] inline std::vector<std::string> parse_list(std::string_view text) {
  std::vector<std::string> elements;
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') {
    throw std::runtime_error("'" + std::string(text) + "' is not a list");
  }
  text = text.substr(1, text.size() - 2);
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    std::string_view element = text.substr(0, comma);
    const auto outer = [](char c) { return c == ' ' || c == '"'; };
    while (!element.empty() && outer(element.front())) {
      element.remove_prefix(1);
    }
    while (!element.empty() && outer(element.back())) {
      element.remove_suffix(1);
    }
    elements.emplace_back(element);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return elements;
}

/// Values of one key, ready to be read by a plugin.
struct config_entry {
  std::uint32_t type = 0;
  std::vector<std::string> elements;
};

/// What a plugin sees: the settings over the defaults that it declares. Throws for a key that is
/// not declared and for a required one that is missing, as the broker refuses them.
[[nodiscard]] inline std::map<std::string, config_entry> effective_config(
    const tidemill_plugin& plugin, const settings& given) {
  std::map<std::string, config_entry> all;
  for (std::uint32_t i = 0; i < plugin.config_key_count; ++i) {
    const auto* key = reinterpret_cast<const tidemill_config_key*>(
        reinterpret_cast<const char*>(plugin.config_keys) +
        std::size_t{i} * plugin.config_key_size);
    const auto set = given.find(key->name);
    if (set == given.end() && key->default_value == nullptr) {
      if ((key->flags & TIDEMILL_KEY_REQUIRED) != 0) {
        throw std::runtime_error(std::string("the key '") + key->name + "' is required");
      }
      continue;
    }
    const std::string text = set == given.end() ? key->default_value : set->second;
    const bool is_list =
        key->type == TIDEMILL_TYPE_TEXT_LIST || key->type == TIDEMILL_TYPE_INTEGER_LIST;
    all[key->name] = {key->type, is_list ? parse_list(text) : std::vector<std::string>{text}};
  }
  for (const auto& [name, value] : given) {
    if (!all.contains(name)) {
      throw std::runtime_error("the key '" + name + "' is not declared");
    }
  }
  return all;
}

/// One element as the ABI hands it over; the text is that of `entry`.
[[nodiscard]] inline tidemill_config_value config_element(const config_entry& entry,
                                                          std::uint32_t index) {
  tidemill_config_value value{};
  value.type = entry.type == TIDEMILL_TYPE_TEXT_LIST      ? TIDEMILL_TYPE_TEXT
               : entry.type == TIDEMILL_TYPE_INTEGER_LIST ? TIDEMILL_TYPE_INTEGER
                                                          : entry.type;
  value.count = static_cast<std::uint32_t>(entry.elements.size());
  if (index >= entry.elements.size()) {
    return value;
  }
  const std::string& text = entry.elements[index];
  if (value.type == TIDEMILL_TYPE_TEXT) {
    value.text = {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
  } else if (value.type == TIDEMILL_TYPE_NUMBER) {
    value.number = std::strtod(text.c_str(), nullptr);
  } else if (value.type == TIDEMILL_TYPE_BOOLEAN) {
    value.integer = text == "true" ? 1 : 0;
  } else {
    value.integer = parse_amount(text);
  }
  return value;
}

/// What tidemill_host_config.get() answers.
[[nodiscard]] inline tidemill_status read_config(const std::map<std::string, config_entry>& config,
                                                 const char* key, std::uint32_t index,
                                                 tidemill_config_value& value) {
  const auto found = config.find(key);
  if (found == config.end()) {
    return TIDEMILL_UNAVAILABLE;
  }
  value = config_element(found->second, index);
  return index == 0 || index < value.count ? TIDEMILL_OK : TIDEMILL_INVALID;
}

}  // namespace tidemill::testkit
