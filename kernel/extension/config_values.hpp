#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "extension/problem.hpp"
#include "extension/wanted_extensions.hpp"

namespace tidemill::extension {

/// A key that a plugin declares; `type` is one of TIDEMILL_TYPE_*.
struct config_key {
  std::string name;
  std::uint32_t type = 0;
  bool is_secret = false;
  bool is_required = false;
  std::optional<std::string> default_value;
  std::string help;
};

/// One element of a value, as the ABI hands it over.
struct config_element {
  std::int64_t integer = 0;
  double number = 0;
  std::string text;
};

/// The value of one declared key. Not set where neither the configuration nor a default has one.
struct config_entry {
  std::uint32_t type = 0;
  bool is_secret = false;
  bool is_set = false;
  std::vector<config_element> elements;
  /// As people are shown it: durations and sizes with units, secrets as "***".
  std::string shown;
};

/// All declared keys of one instance, by name.
using config_values = std::map<std::string, config_entry, std::less<>>;

/// Checks what was written against what is declared, and fills in defaults. The sentence names the
/// key, with the one that was probably meant where it is not declared.
[[nodiscard]] outcome<config_values> check_config(std::span<const config_key> declared,
                                                  const written_config& written);

/// "a duration such as \"90s\"", for a known type; empty for one that is not known.
[[nodiscard]] std::string_view expectation(std::uint32_t type) noexcept;

}  // namespace tidemill::extension
