#include "server/topic_default_rules.hpp"

#include <algorithm>

#include "metadata/topic_settings.hpp"

namespace tidemill::server {

std::optional<std::string> topic_default_rules::canonical_name(std::string_view name) const {
  const auto canonical = metadata::canonical_default_name(name);
  return canonical ? std::optional<std::string>(*canonical) : std::nullopt;
}

std::optional<std::string> topic_default_rules::problem_with(std::string_view name,
                                                             std::string_view text) const {
  auto sentence = metadata::topic_default_problem(name, text);
  if (!sentence) {
    return std::nullopt;
  }
  // The message names the key with its section already; what is left speaks of the value.
  const std::string plain(name);
  for (const std::string& prefix : {plain + ": ", "\"" + plain + "\": "}) {
    if (sentence->starts_with(prefix)) {
      return sentence->substr(prefix.size());
    }
  }
  return sentence;
}

std::optional<std::string> topic_default_rules::contradiction_in(
    const std::map<std::string, std::string>& settings) const {
  metadata::setting_list defaults;
  for (const auto& [name, value] : settings) {
    defaults.push_back({name, value});
  }
  return metadata::contradiction({}, defaults);
}

std::vector<config::topic_setting_help> topic_default_rules::all() const {
  std::vector<config::topic_setting_help> rows{
      {metadata::partition_count_setting, "1", "Partitions of a topic that does not say how many.",
       "an integer from 1 to limits.partitions_max"},
      {metadata::replication_factor_setting, "1", "Replicas of a topic that does not say how many.",
       "an integer from 1 to 32767"}};
  for (const auto& definition : metadata::topic_setting_definitions()) {
    rows.push_back({definition.name, definition.default_value, definition.documentation,
                    metadata::valid_values(definition)});
  }
  std::ranges::sort(rows, {}, &config::topic_setting_help::name);
  return rows;
}

}  // namespace tidemill::server
