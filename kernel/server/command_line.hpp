#pragma once

#include <optional>
#include <string>
#include <vector>

namespace tidemill::server::config {
class topic_setting_rules;
}

namespace tidemill::server {

enum class action { run, check_configuration, print_configuration, show_help, show_version };

/// What the user asked for.
struct command {
  action what = action::run;
  std::optional<std::string> configuration_file;
  /// The texts after --set, in order.
  std::vector<std::string> overrides;
};

/// A command line that makes no sense, in one sentence.
struct command_line_problem {
  std::string sentence;
};

/// Reads the words after the program's name. Returns the problem as text when there is one.
[[nodiscard]] std::optional<command_line_problem> parse_command_line(
    const std::vector<std::string>& words, command& into);

/// What --help prints: use, sources of configuration, exit codes, every key.
[[nodiscard]] std::string help_text(const config::topic_setting_rules& topic_rules);

/// "0.1.0"
[[nodiscard]] std::string version_text();

}  // namespace tidemill::server
