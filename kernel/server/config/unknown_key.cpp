#include <algorithm>

#include "base/suggestion.hpp"
#include "server/config/assignment.hpp"
#include "server/config/setting.hpp"

namespace tidemill::server::config {
namespace {

std::string did_you_mean(const key_path& path, std::string_view section, std::string_view key) {
  const key_path meant{
      std::string(section),
      find_section(section)->shape == section_shape::list ? path.index.value_or(0) : path.index,
      std::string(key)};
  return "unknown key; did you mean " + to_string(meant) + "?";
}

/// BROKER__RACK, LISTENER__0__ADDRESS: what follows TIDEMILL_.
std::string variable_of(const setting& known) {
  const bool is_list = find_section(known.section)->shape == section_shape::list;
  std::string name =
      std::string(known.section) + (is_list ? "__0__" : "__") + std::string(known.key);
  std::ranges::transform(name, name.begin(), [](char letter) {
    return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
  });
  return name;
}

}  // namespace

std::string unknown_variable_sentence(std::string_view name) {
  constexpr std::string_view prefix = "TIDEMILL_";
  std::vector<std::string> all;
  for (const setting& known : settings()) {
    all.push_back(variable_of(known));
  }
  if (const auto near = nearest(name.substr(prefix.size()), {all.begin(), all.end()})) {
    return "unknown variable; did you mean " + std::string(prefix) + std::string(*near) + "?";
  }
  return "unknown variable; a key is written TIDEMILL_SECTION__KEY, `tidemill --help` lists all "
         "keys";
}

std::string unknown_key_sentence(const key_path& path) {
  std::vector<std::string_view> keys;
  for (const setting& known : settings()) {
    if (known.section == path.section) {
      keys.push_back(known.key);
    }
  }
  const auto elsewhere = std::ranges::find(settings(), std::string_view(path.key), &setting::key);
  if (elsewhere != settings().end()) {
    return did_you_mean({path.section, std::nullopt, path.key}, elsewhere->section, path.key);
  }
  if (const auto near = nearest(path.key, keys)) {
    return did_you_mean(path, path.section, *near);
  }
  return "unknown key; `tidemill --help` lists all keys";
}

std::string unknown_section_sentence(std::string_view name) {
  std::vector<std::string_view> names;
  for (const section& known : sections()) {
    names.push_back(known.name);
  }
  if (const auto near = nearest(name, names)) {
    const bool is_list = find_section(*near)->shape == section_shape::list;
    const std::string meant(*near);
    return "unknown section; did you mean " + (is_list ? "[[" + meant + "]]" : "[" + meant + "]") +
           "?";
  }
  const auto key = std::ranges::find(settings(), name, &setting::key);
  if (key != settings().end()) {
    return "unknown section; the key " + std::string(name) + " belongs under [" +
           std::string(key->section) + "]";
  }
  return "unknown section; `tidemill --help` lists all sections";
}

}  // namespace tidemill::server::config
