#include "kafka/settings.hpp"
#include "topic/commands.hpp"

namespace tidemill::cli {
namespace {

struct wanted_change {
  connection where;
  std::string name;
  std::vector<std::string> assignments;
  std::vector<std::string> unset;
  bool dry_run = false;
};

outcome<void> alter(const wanted_change& wanted) {
  const auto changes = changes_of(wanted.assignments, wanted.unset);
  if (!changes) {
    return changes.error();
  }
  if (changes->empty()) {
    return problem{"nothing to change: expected KEY=VALUE, or --unset KEY",
                   "for example tidectl topic alter " + wanted.name + " retention.ms=3600000", 2};
  }
  return alter_settings(wanted.where, wire::resource_type::topic, wanted.name, *changes,
                        wanted.dry_run);
}

}  // namespace

void add_topic_alter(CLI::App& topic, output& out) {
  auto wanted = std::make_shared<wanted_change>();
  auto* command =
      topic.add_subcommand("alter", "Change settings of a topic; those not named stay as they are");
  command->add_option("topic", wanted->name, "Name of the topic")->required();
  command
      ->add_option("change", wanted->assignments, "KEY=VALUE; KEY+=VALUE and KEY-=VALUE for lists")
      ->type_name("KEY=VALUE");
  command->add_option("--unset", wanted->unset, "A setting to be the broker's default again")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->add_flag("--dry-run", wanted->dry_run, "Ask whether it would work, and change nothing");
  add_connection(*command, wanted->where);
  command->footer("Example:\n  tidectl topic alter orders retention.ms=3600000 --unset segment.ms");
  command->callback([wanted, &out] {
    const auto done = alter(*wanted);
    if (!done) {
      out.fail(done.error());
      return;
    }
    out.answer(boost::json::object{{"topic", wanted->name}, {"altered", !wanted->dry_run}},
               wanted->name + (wanted->dry_run ? ": could be changed\n" : ": changed\n"));
  });
}

}  // namespace tidemill::cli
