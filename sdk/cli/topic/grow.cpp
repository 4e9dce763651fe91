#include "kafka/admin_call.hpp"
#include "topic/commands.hpp"

namespace tidemill::cli {
namespace {

struct wanted_growth {
  connection where;
  std::string name;
  std::size_t partitions = 0;
};

struct partitions_destroyer {
  void operator()(rd_kafka_NewPartitions_t* wanted) const noexcept {
    rd_kafka_NewPartitions_destroy(wanted);
  }
};

outcome<std::vector<topic_outcome>> grow(const wanted_growth& wanted) {
  const auto brokers = client::open(wanted.where, RD_KAFKA_CONSUMER);
  if (!brokers) {
    return brokers.error();
  }
  char why[256] = {};
  const std::unique_ptr<rd_kafka_NewPartitions_t, partitions_destroyer> growth(
      rd_kafka_NewPartitions_new(wanted.name.c_str(), wanted.partitions, why, sizeof why));
  if (growth == nullptr) {
    return problem{"topic " + wanted.name + ": " + why, "see tidectl topic grow --help", 2};
  }
  rd_kafka_NewPartitions_t* raw = growth.get();
  const auto event = ask(*brokers, RD_KAFKA_ADMIN_OP_CREATEPARTITIONS, "topic " + wanted.name,
                         [&](auto* handle, auto* options, auto* queue) {
                           rd_kafka_CreatePartitions(handle, &raw, 1, options, queue);
                         });
  if (!event) {
    return event.error();
  }
  std::size_t count = 0;
  const auto** results = rd_kafka_CreatePartitions_result_topics(
      rd_kafka_event_CreatePartitions_result(event->get()), &count);
  return outcomes_of(results, count);
}

}  // namespace

void add_topic_grow(CLI::App& topic, output& out) {
  auto wanted = std::make_shared<wanted_growth>();
  auto* command = topic.add_subcommand(
      "grow", "Give a topic more partitions; keys may then belong to others than before");
  command->add_option("topic", wanted->name, "Name of the topic")->required();
  command->add_option("-p,--partitions", wanted->partitions, "How many it is to have in all")
      ->required()
      ->check(CLI::Range(1, 1'000'000));
  add_connection(*command, wanted->where);
  command->footer("Example:\n  tidectl topic grow orders -p 12");
  command->callback([wanted, &out] {
    const auto done = grow(*wanted);
    if (!done) {
      out.fail(done.error());
      return;
    }
    for (const topic_outcome& one : *done) {
      if (one.error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        out.fail(problem_of_code("topic " + one.name, one.error, one.said));
      } else {
        out.answer(boost::json::object{{"topic", one.name}, {"partitions", wanted->partitions}},
                   one.name + ": has " + std::to_string(wanted->partitions) + " partitions\n");
      }
    }
  });
}

}  // namespace tidemill::cli
