#include <algorithm>
#include <string_view>

#include "commands.hpp"
#include "wrong_words.hpp"

int main(int argc, char** argv) {
  CLI::App app("tidectl: makes, checks and manages what Tidemill loads.\n");
  app.set_version_flag("--version", "tidectl " TIDEMILL_VERSION);
  app.require_subcommand(1);
  tidemill::cli::output out;
  app.add_flag("--json", out.as_json, "Answer in JSON, one value a line");
  app.fallthrough();

  CLI::App* plugin = app.add_subcommand("plugin", "Plugins: shared libraries (.so)");
  plugin->require_subcommand(1);
  plugin->fallthrough();
  tidemill::cli::add_new(*plugin, out);
  tidemill::cli::add_inspect(*plugin, out);
  tidemill::cli::add_validate(*plugin, out);
  tidemill::cli::add_bench(*plugin, out);
  tidemill::cli::add_broker_commands(*plugin, out);

#ifdef TIDECTL_HAS_RULES
  CLI::App* rule = app.add_subcommand("rule", "Rules: decisions written in Lua");
  rule->require_subcommand(1);
  rule->fallthrough();
  tidemill::cli::add_rule_checks(*rule, out);
  tidemill::cli::add_rule_broker_commands(*rule, out);
#endif

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& why) {
    if (why.get_exit_code() == 0) {
      return app.exit(why);  // --help, --version
    }
    // Parsing may have ended in front of it.
    out.as_json = std::any_of(argv, argv + argc,
                              [](const char* word) { return std::string_view(word) == "--json"; });
    tidemill::cli::tell_wrong_words(app, {argv + 1, argv + argc}, why.what(), out);
  }
  return out.exit_code;
}
