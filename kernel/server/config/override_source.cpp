#include <algorithm>
#include <array>

#include "base/quantity.hpp"
#include "server/config/assignment.hpp"
#include "server/config/setting.hpp"

namespace tidemill::server::config {
namespace {

constexpr std::string_view variable_prefix = "TIDEMILL_";

constexpr std::array<std::string_view, 5> variables_of_tests{
    "TIDEMILL_BINARY", "TIDEMILL_KILLS", "TIDEMILL_PEERS", "TIDEMILL_SIMULATION_SEED",
    "TIDEMILL_SIMULATION_SEEDS"};

/// "9092", "9092_TCP", "9092_TCP_ADDR": what follows _PORT_ in a service's variables.
bool is_port_of_service(std::string_view text) noexcept {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::string_view rest = text.substr(digits);
  return digits != 0 && (rest.empty() || rest.starts_with("_TCP") || rest.starts_with("_UDP") ||
                         rest.starts_with("_SCTP"));
}

/// Cuts `text` at the first `separator`; the second part is empty when there is none.
std::pair<std::string, std::string> split(std::string_view text, std::string_view separator) {
  const std::size_t position = text.find(separator);
  if (position == std::string_view::npos) {
    return {std::string(text), ""};
  }
  return {std::string(text.substr(0, position)),
          std::string(text.substr(position + separator.size()))};
}

/// Adds one override whose key is `section`, then `rest`: a key, or for list sections an index,
/// `separator` and a key.
void add_override(std::string_view section_name, std::string_view rest, std::string_view separator,
                  assignment given, assignments& into) {
  const section* known = find_section(section_name);
  given.path.section = section_name;
  given.path.key = rest;
  if (known == nullptr) {
    into.problems.push_back(
        {given.where, given.path.section, unknown_section_sentence(section_name)});
    return;
  }
  if (known->shape == section_shape::list && known->available) {
    const auto [index_text, key] = split(rest, separator);
    const auto index = parse_integer(index_text);
    if (!index || *index < 0 || *index >= static_cast<std::int64_t>(list_entries_max)) {
      into.problems.push_back({given.where, given.path.section,
                               "expected the number of an entry after the section, such as " +
                                   given.path.section +
                                   (section_name == "listener" ? ".0.address" : ".0.name")});
      return;
    }
    given.path.index = static_cast<std::size_t>(*index);
    given.path.key = key;
    // TIDEMILL_EXTENSION__0__CONFIG__SALT: no name of a variable holds the dot.
    if (section_name == "extension" && key.starts_with("config__")) {
      given.path.key = std::string(plugin_config_prefix) + key.substr(8);
    }
  }
  into.values.push_back(std::move(given));
}

std::string lower(std::string_view text) {
  std::string lowered(text);
  std::ranges::transform(lowered, lowered.begin(), [](char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  });
  return lowered;
}

}  // namespace

bool is_variable_of_others(std::string_view name) noexcept {
  if (std::ranges::find(variables_of_tests, name) != variables_of_tests.end()) {
    return true;
  }
  if (!name.starts_with(variable_prefix) || name.find("__") != std::string_view::npos) {
    return false;
  }
  constexpr std::string_view port = "_PORT_";
  const std::size_t at = name.rfind(port);
  return name.ends_with("_SERVICE_HOST") || name.ends_with("_SERVICE_PORT") ||
         name.find("_SERVICE_PORT_") != std::string_view::npos || name.ends_with("_PORT") ||
         (at != std::string_view::npos && is_port_of_service(name.substr(at + port.size())));
}

void read_environment(const std::vector<std::pair<std::string, std::string>>& variables,
                      assignments& into) {
  for (const auto& [name, value] : variables) {
    if (!name.starts_with(variable_prefix) || is_variable_of_others(name)) {
      continue;
    }
    if (name.find("__", variable_prefix.size()) == std::string::npos) {
      into.problems.push_back(
          {{source::environment, name, 0}, "", unknown_variable_sentence(name)});
      continue;
    }
    auto [section_name, rest] = split(lower(name.substr(variable_prefix.size())), "__");
    const section* known = find_section(section_name);
    if (known != nullptr && known->shape == section_shape::topic_settings) {
      std::ranges::replace(rest, '_', '.');
    }
    add_override(section_name, rest, "__", {{}, untyped{value}, {source::environment, name, 0}},
                 into);
  }
}

void read_overrides(const std::vector<std::string>& overrides, assignments& into) {
  for (const std::string& text : overrides) {
    const origin where{source::command_line, text, 0};
    const std::size_t equals = text.find('=');
    const std::string path = text.substr(0, equals);
    const std::size_t dot = path.find('.');
    if (equals == std::string::npos || dot == std::string::npos) {
      into.problems.push_back({where, "", "expected --set section.key=value"});
      continue;
    }
    std::string key = path.substr(dot + 1);
    // topic_defaults."segment.bytes", as the key stands in the file.
    if (key.size() > 2 && key.front() == '"' && key.back() == '"') {
      key = key.substr(1, key.size() - 2);
    }
    add_override(path.substr(0, dot), key, ".", {{}, untyped{text.substr(equals + 1)}, where},
                 into);
  }
}

}  // namespace tidemill::server::config
