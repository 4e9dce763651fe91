#include "commands.hpp"

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
    return app.exit(why) == 0 ? 0 : 2;
  }
  return out.exit_code;
}
