#include "server/config/load.hpp"

namespace tidemill::server::config {

difference compare(configuration& running, configuration& wanted) {
  difference found;
  if (running.listeners != wanted.listeners) {
    found.fixed.emplace_back("listener");
  }
  if (running.topic_defaults != wanted.topic_defaults) {
    found.fixed.emplace_back("topic_defaults");
  }
  if (running.extension_list != wanted.extension_list) {
    found.reloadable.emplace_back("extension");
  }
  for (const setting& known : settings()) {
    if (find_section(known.section)->shape == section_shape::list) {
      continue;
    }
    if (to_toml(known, known.at(running, 0)) != to_toml(known, known.at(wanted, 0))) {
      const key_path path{std::string(known.section), std::nullopt, std::string(known.key)};
      (known.reloadable ? found.reloadable : found.fixed).push_back(to_string(path));
    }
  }
  return found;
}

void take_reloadable(configuration& running, configuration& wanted) {
  running.extension_list = wanted.extension_list;
  for (const setting& known : settings()) {
    if (known.reloadable && find_section(known.section)->shape != section_shape::list) {
      std::visit([&](auto* into) { *into = *std::get<decltype(into)>(known.at(wanted, 0)); },
                 known.at(running, 0));
    }
  }
}

}  // namespace tidemill::server::config
