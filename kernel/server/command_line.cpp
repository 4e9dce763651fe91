#include "server/command_line.hpp"

// The one file that sees CLI11.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wswitch-enum"
#include <CLI/CLI.hpp>
#pragma GCC diagnostic pop

#include <algorithm>

#include "base/escape.hpp"
#include "server/config/load.hpp"

namespace tidemill::server {
namespace {

constexpr const char* introduction =
    R"(tidemill: a message broker that speaks Kafka's wire protocol

Use:
  tidemill [--config FILE] [--set section.key=value]...
  tidemill --check-config | --print-config [--config FILE] [--set ...]
  tidemill --help | --version

  --config FILE      read FILE (TOML); without it no file is read
  --set KEY=VALUE    set one key, as broker.rack=a, listener.0.address=127.0.0.1:9092 or
                     topic_defaults.segment.bytes=1048576; may be given often
  --check-config     say what is wrong with the configuration, do not start
  --print-config     print the whole configuration and where each value comes from
  --version          print the version

Without any configuration: one node on 127.0.0.1:9092, data in ./tidemill-data, topics made on
demand, admin HTTP on 127.0.0.1:9644.

A value comes from the last of these that has it: built-in default, file, environment, --set. In
the environment a key is written TIDEMILL_BROKER__DATA_DIRECTORY, TIDEMILL_LISTENER__0__ADDRESS or
TIDEMILL_TOPIC_DEFAULTS__SEGMENT_BYTES. A variable that starts with TIDEMILL_ and names no key is an
error, but for those that Kubernetes makes for a service named tidemill.

Signals: SIGTERM and SIGINT finish what is in work and stop; SIGHUP reads the configuration again
and applies the keys that are marked as reloaded.

Exit codes: 0 stopped as asked, 1 could not go on (standard error says why), 2 wrong configuration.

Sections and keys:
)";

}  // namespace

std::optional<command_line_problem> parse_command_line(const std::vector<std::string>& words,
                                                       command& into) {
  CLI::App app;
  app.set_help_flag();
  std::string file;
  bool help = false;
  bool version = false;
  bool check = false;
  bool print = false;
  CLI::Option* const file_option = app.add_option("--config", file);
  app.add_option("--set", into.overrides)->allow_extra_args(false);
  CLI::Option* const check_option = app.add_flag("--check-config", check);
  app.add_flag("--print-config", print)->excludes(check_option);
  app.add_flag("--version,-V", version);
  app.add_flag("--help,-h", help);
  try {
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::Error& error) {
    return command_line_problem{escape(error.what()) + "; `tidemill --help` shows what there is"};
  }
  if (file_option->count() > 0) {
    into.configuration_file = file;
  }
  into.what = help      ? action::show_help
              : version ? action::show_version
              : check   ? action::check_configuration
              : print   ? action::print_configuration
                        : action::run;
  return std::nullopt;
}

std::string help_text(const config::topic_setting_rules& topic_rules) {
  return introduction + config::describe_settings(topic_rules);
}

std::string version_text() {
  return TIDEMILL_VERSION;
}

}  // namespace tidemill::server
