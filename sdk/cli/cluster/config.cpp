#include "cluster/commands.hpp"
#include "kafka/cluster_view.hpp"
#include "kafka/settings.hpp"
#include "terminal/table.hpp"

namespace tidemill::cli {
namespace {

struct wanted_settings {
  connection where;
  std::string topic;
  int broker = -1;
  std::string pattern;
  bool all = false;
  std::vector<std::string> assignments;
  std::vector<std::string> unset;
  bool dry_run = false;

  [[nodiscard]] wire::resource_type type() const noexcept {
    return topic.empty() ? wire::resource_type::broker : wire::resource_type::topic;
  }
};

/// The topic's name, or the broker's id: that of the first broker where none is named.
outcome<std::string> resource_of(const client& brokers, const wanted_settings& wanted) {
  if (!wanted.topic.empty()) {
    return wanted.topic;
  }
  if (wanted.broker >= 0) {
    return std::to_string(wanted.broker);
  }
  const auto view = view_cluster(brokers);
  if (!view) {
    return view.error();
  }
  if (view->brokers.empty()) {
    return problem{"the cluster tells of no broker", "name one with --broker ID"};
  }
  return std::to_string(view->brokers.front().id);
}

void list(const wanted_settings& wanted, output& out) {
  const auto brokers = client::open(wanted.where, RD_KAFKA_CONSUMER);
  const auto name = brokers ? resource_of(*brokers, wanted) : outcome<std::string>(brokers.error());
  const auto settings = name ? settings_of(*brokers, wanted.type(), *name)
                             : outcome<std::vector<setting>>(name.error());
  if (!settings) {
    out.fail(settings.error());
    return;
  }
  table shown({{"SETTING"}, {"VALUE"}, {"FROM"}, {"CHANGES"}});
  boost::json::array all;
  for (const setting& one : *settings) {
    const bool matches = one.name.find(wanted.pattern) != std::string::npos;
    if (!matches || (wanted.all ? false : one.is_default)) {
      continue;
    }
    shown.add({one.name, one.is_secret ? "(secret)" : one.value, one.source,
               one.is_read_only ? "with a restart" : "at once"});
    all.push_back(boost::json::object{
        {"name", one.name},
        {"value", one.is_secret ? boost::json::value() : boost::json::value(one.value)},
        {"source", one.source},
        {"read_only", one.is_read_only}});
  }
  const std::string what = wanted.topic.empty() ? "broker " + *name : "topic " + *name;
  out.answer(boost::json::object{{wanted.topic.empty() ? "broker" : "topic", *name},
                                 {"settings", std::move(all)}},
             shown.empty()
                 ? "Nothing of " + what + " differs from the defaults; --all shows them.\n"
                 : shown.text());
}

outcome<void> change(const wanted_settings& wanted) {
  const auto changes = changes_of(wanted.assignments, wanted.unset);
  if (!changes) {
    return changes.error();
  }
  if (changes->empty()) {
    return problem{"nothing to change: expected KEY=VALUE, or --unset KEY",
                   "for example tidectl config set --topic orders retention.ms=3600000", 2};
  }
  if (wanted.topic.empty() && wanted.broker < 0) {
    return problem{"whose setting is not said: expected --topic NAME or --broker ID",
                   "see the brokers: tidectl cluster", 2};
  }
  const std::string name = wanted.topic.empty() ? std::to_string(wanted.broker) : wanted.topic;
  return alter_settings(wanted.where, wanted.type(), name, *changes, wanted.dry_run);
}

std::shared_ptr<wanted_settings> add_resource(CLI::App& command) {
  auto wanted = std::make_shared<wanted_settings>();
  auto* const topic = command.add_option("-t,--topic", wanted->topic, "Of this topic");
  command.add_option("--broker", wanted->broker, "Of the broker with this id")
      ->check(CLI::NonNegativeNumber)
      ->excludes(topic);
  add_connection(command, wanted->where);
  return wanted;
}

}  // namespace

void add_config(CLI::App& app, output& out) {
  auto* config = app.add_subcommand("config", "Settings of topics and brokers");
  config->require_subcommand(1);
  config->fallthrough();
  auto* lists = config->add_subcommand("list", "Show settings, and where they come from");
  const auto listed = add_resource(*lists);
  lists->add_option("pattern", listed->pattern, "Only those with this in their names");
  lists->add_flag("--all", listed->all, "The defaults, too");
  lists->footer("Example:\n  tidectl config list --topic orders --all retention");
  lists->callback([listed, &out] { list(*listed, out); });

  auto* sets = config->add_subcommand("set", "Change settings; those not named stay as they are");
  const auto wanted = add_resource(*sets);
  sets->add_option("change", wanted->assignments, "KEY=VALUE; KEY+=VALUE and KEY-=VALUE for lists")
      ->type_name("KEY=VALUE");
  sets->add_option("--unset", wanted->unset, "A setting to be the default again")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  sets->add_flag("--dry-run", wanted->dry_run, "Ask whether it would work, and change nothing");
  sets->footer("Example:\n  tidectl config set --topic orders retention.ms=3600000");
  sets->callback([wanted, &out] {
    const auto done = change(*wanted);
    if (!done) {
      out.fail(done.error());
      return;
    }
    out.answer(boost::json::object{{"changed", !wanted->dry_run}},
               wanted->dry_run ? "could be changed\n" : "changed\n");
  });
}

}  // namespace tidemill::cli
