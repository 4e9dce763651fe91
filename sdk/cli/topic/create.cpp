#include "kafka/admin_call.hpp"
#include "kafka/settings.hpp"
#include "topic/commands.hpp"

namespace tidemill::cli {
namespace {

struct wanted_topics {
  connection where;
  std::vector<std::string> names;
  int partitions = -1;
  int replication = -1;
  std::vector<std::string> settings;
  bool dry_run = false;
};

struct topic_destroyer {
  void operator()(rd_kafka_NewTopic_t* topic) const noexcept { rd_kafka_NewTopic_destroy(topic); }
};
using new_topic = std::unique_ptr<rd_kafka_NewTopic_t, topic_destroyer>;

outcome<new_topic> topic_of(const std::string& name, const wanted_topics& wanted) {
  char why[256] = {};
  new_topic made(
      rd_kafka_NewTopic_new(name.c_str(), wanted.partitions, wanted.replication, why, sizeof why));
  if (made == nullptr) {
    return problem{"topic " + name + ": " + why, "see tidectl topic create --help", 2};
  }
  const auto changes = changes_of(wanted.settings, {});
  if (!changes) {
    return changes.error();
  }
  for (const auto& change : *changes) {
    rd_kafka_NewTopic_set_config(made.get(), change.name.c_str(), change.value->c_str());
  }
  return made;
}

outcome<std::vector<topic_outcome>> create(const wanted_topics& wanted) {
  std::vector<new_topic> topics;
  std::vector<rd_kafka_NewTopic_t*> raw;
  for (const std::string& name : wanted.names) {
    auto made = topic_of(name, wanted);
    if (!made) {
      return made.error();
    }
    raw.push_back(topics.emplace_back(std::move(*made)).get());
  }
  const auto brokers = client::open(wanted.where, RD_KAFKA_CONSUMER);
  if (!brokers) {
    return brokers.error();
  }
  const auto event = ask(*brokers, RD_KAFKA_ADMIN_OP_CREATETOPICS, "creating topics",
                         [&](auto* handle, auto* options, auto* queue) {
                           char why[256] = {};
                           rd_kafka_AdminOptions_set_validate_only(options, wanted.dry_run ? 1 : 0,
                                                                   why, sizeof why);
                           rd_kafka_CreateTopics(handle, raw.data(), raw.size(), options, queue);
                         });
  if (!event) {
    return event.error();
  }
  std::size_t count = 0;
  const auto** results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event->get()), &count);
  return outcomes_of(results, count);
}

}  // namespace

void add_topic_create(CLI::App& topic, output& out) {
  auto wanted = std::make_shared<wanted_topics>();
  auto* command = topic.add_subcommand("create", "Make topics");
  command->add_option("topic", wanted->names, "Names of the topics")->required();
  command
      ->add_option("-p,--partitions", wanted->partitions,
                   "Partitions; the broker's default without")
      ->check(CLI::Range(1, 1'000'000));
  command
      ->add_option("-r,--replication", wanted->replication,
                   "Copies of each partition; the broker's default without")
      ->check(CLI::Range(1, 100));
  command->add_option("-s,--set", wanted->settings, "A setting, KEY=VALUE; may be repeated")
      ->type_name("KEY=VALUE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->add_flag("--dry-run", wanted->dry_run, "Ask whether it would work, and change nothing");
  add_connection(*command, wanted->where);
  command->footer("Example:\n  tidectl topic create orders -p 6 -s retention.ms=86400000");
  command->callback([wanted, &out] {
    const auto done = create(*wanted);
    if (!done) {
      out.fail(done.error());
      return;
    }
    for (const topic_outcome& one : *done) {
      if (one.error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        out.fail(problem_of_code("topic " + one.name, one.error, one.said));
        continue;
      }
      out.answer(boost::json::object{{"topic", one.name}, {"created", !wanted->dry_run}},
                 one.name + (wanted->dry_run ? ": could be created\n" : ": created\n"));
    }
  });
}

}  // namespace tidemill::cli
