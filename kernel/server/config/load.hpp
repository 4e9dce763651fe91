#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/config/configuration.hpp"
#include "server/config/setting.hpp"
#include "server/config/value.hpp"

namespace tidemill::server::config {

/// One key of [topic_defaults], for --help.
struct topic_setting_help {
  std::string_view name;
  std::string_view built_in;
  std::string_view doc;
  /// What it takes.
  std::string expectation;
};

/// What may stand under [topic_defaults]; the composition root has it from the table of topic
/// settings.
class topic_setting_rules {
 public:
  virtual ~topic_setting_rules() = default;
  /// The name under which a setting is kept: Kafka's brokers know some by a second one. nullopt
  /// when there is no such setting.
  [[nodiscard]] virtual std::optional<std::string> canonical_name(std::string_view name) const = 0;
  /// nullopt when the setting exists and takes the value, else what is wrong, without the name.
  [[nodiscard]] virtual std::optional<std::string> problem_with(std::string_view name,
                                                                std::string_view text) const = 0;
  /// What is wrong with settings that are right one by one; nullopt when nothing is.
  [[nodiscard]] virtual std::optional<std::string> contradiction_in(
      const std::map<std::string, std::string>& settings) const = 0;
  /// All of them, ordered by name.
  [[nodiscard]] virtual std::vector<topic_setting_help> all() const = 0;
};

/// Where configuration comes from, least important first. Built-in defaults come before all.
struct sources {
  struct file {
    std::string name;
    std::string text;
  };
  std::optional<file> from_file{};
  /// All variables of the process, in any order.
  std::vector<std::pair<std::string, std::string>> environment{};
  /// The texts after --set, in order.
  std::vector<std::string> overrides{};
};

/// The outcome: complete and to be used when there is no problem, else to be thrown away.
struct loaded {
  configuration values;
  /// Of every key that is not at its built-in default.
  std::map<key_path, origin> origins;
  std::vector<problem> problems;
};

/// Merges and checks. Pure: reads no file and no environment.
[[nodiscard]] loaded load(const sources& from, const topic_setting_rules& topic_rules);

/// The whole configuration as TOML, each value with its source in a comment; reads back as the
/// same configuration.
[[nodiscard]] std::string print(loaded& all);

/// Every section and key with type, default and description, for --help.
[[nodiscard]] std::string describe_settings(const topic_setting_rules& topic_rules);

/// Keys whose values differ, as text paths; `reloadable` and the others apart.
struct difference {
  std::vector<std::string> reloadable;
  std::vector<std::string> fixed;
};
[[nodiscard]] difference compare(configuration& running, configuration& wanted);

/// Copies the values of all reloadable keys.
void take_reloadable(configuration& running, configuration& wanted);

}  // namespace tidemill::server::config
