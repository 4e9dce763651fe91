#include <algorithm>
#include <cstdio>
#include <string_view>

#include "completion/commands.hpp"
#include "log/commands.hpp"
#include "plugin/commands.hpp"
#include "rule/commands.hpp"
#include "terminal/wrong_words.hpp"
#ifdef TIDECTL_HAS_KAFKA
#include "bench/commands.hpp"
#include "cluster/commands.hpp"
#include "group/commands.hpp"
#include "group/group_names.hpp"
#include "record/commands.hpp"
#include "topic/commands.hpp"
#include "topic/topic_names.hpp"
#endif

namespace {

#ifdef TIDECTL_HAS_KAFKA
/// What speaks Kafka's protocol, to any broker that does.
void add_kafka_commands(CLI::App& app, tidemill::cli::output& out) {
  CLI::App* topic = app.add_subcommand("topic", "Topics: made, shown, changed, deleted");
  topic->require_subcommand(1);
  topic->fallthrough();
  tidemill::cli::add_topic_list(*topic, out);
  tidemill::cli::add_topic_describe(*topic, out);
  tidemill::cli::add_topic_create(*topic, out);
  tidemill::cli::add_topic_alter(*topic, out);
  tidemill::cli::add_topic_grow(*topic, out);
  tidemill::cli::add_topic_trim(*topic, out);
  tidemill::cli::add_topic_delete(*topic, out);
  tidemill::cli::add_produce(app, out);
  tidemill::cli::add_consume(app, out);
  CLI::App* group = app.add_subcommand("group", "Consumer groups: who reads, and how far they are");
  group->require_subcommand(1);
  group->fallthrough();
  tidemill::cli::add_group_list(*group, out);
  tidemill::cli::add_group_describe(*group, out);
  tidemill::cli::add_group_lag(*group, out);
  tidemill::cli::add_group_reset(*group, out);
  tidemill::cli::add_group_delete(*group, out);
  tidemill::cli::add_cluster(app, out);
  tidemill::cli::add_config(app, out);
  CLI::App* bench = app.add_subcommand("bench", "Measure a broker with a load");
  bench->require_subcommand(1);
  bench->fallthrough();
  tidemill::cli::add_bench_produce(*bench, out);
  tidemill::cli::add_bench_consume(*bench, out);
  tidemill::cli::add_bench_latency(*bench, out);
}
#endif

/// Prints what a shell may complete the last word with, one a line.
int print_candidates(const CLI::App& app, const std::vector<std::string>& words) {
  auto found = tidemill::cli::complete(app, words);
#ifdef TIDECTL_HAS_KAFKA
  std::vector<std::string> names;
  if (found.wants_topics) {
    names = tidemill::cli::topic_names();
  } else if (found.wants_groups) {
    names = tidemill::cli::group_names();
  }
  for (const std::string& name : names) {
    if (words.empty() || name.starts_with(words.back())) {
      found.words.push_back(name);
    }
  }
#endif
  for (const std::string& one : found.words) {
    std::puts(one.c_str());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "tidectl: the command line of Tidemill, and of any broker that speaks Kafka's protocol.\n",
      "tidectl");
  app.set_version_flag("--version", "tidectl " TIDEMILL_VERSION);
  app.require_subcommand(1);
  tidemill::cli::output out;
  app.add_flag("--json", out.as_json, "Answer in JSON, one value a line");
  app.fallthrough();

#ifdef TIDECTL_HAS_KAFKA
  add_kafka_commands(app, out);
#endif
  CLI::App* log = app.add_subcommand("log", "Log files, without a broker");
  log->require_subcommand(1);
  log->fallthrough();
  tidemill::cli::add_log_dump(*log, out);

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
#ifdef TIDECTL_HAS_KAFKA
  tidemill::cli::add_rule_dry_run(*rule, out);
#endif
#endif

  tidemill::cli::add_completion(app, out);
  if (argc > 1 && std::string_view(argv[1]) == tidemill::cli::completion_word) {
    return print_candidates(app, {argv + 2, argv + argc});
  }
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
