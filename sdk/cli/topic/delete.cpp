#include "kafka/admin_call.hpp"
#include "topic/commands.hpp"

namespace tidemill::cli {
namespace {

struct wanted_topics {
  connection where;
  std::vector<std::string> names;
};

struct topic_destroyer {
  void operator()(rd_kafka_DeleteTopic_t* topic) const noexcept {
    rd_kafka_DeleteTopic_destroy(topic);
  }
};

outcome<std::vector<topic_outcome>> remove(const wanted_topics& wanted) {
  const auto brokers = client::open(wanted.where, RD_KAFKA_CONSUMER);
  if (!brokers) {
    return brokers.error();
  }
  std::vector<std::unique_ptr<rd_kafka_DeleteTopic_t, topic_destroyer>> topics;
  std::vector<rd_kafka_DeleteTopic_t*> raw;
  for (const std::string& name : wanted.names) {
    raw.push_back(topics.emplace_back(rd_kafka_DeleteTopic_new(name.c_str())).get());
  }
  const auto event = ask(*brokers, RD_KAFKA_ADMIN_OP_DELETETOPICS, "deleting topics",
                         [&](auto* handle, auto* options, auto* queue) {
                           rd_kafka_DeleteTopics(handle, raw.data(), raw.size(), options, queue);
                         });
  if (!event) {
    return event.error();
  }
  std::size_t count = 0;
  const auto** results =
      rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event->get()), &count);
  return outcomes_of(results, count);
}

}  // namespace

void add_topic_delete(CLI::App& topic, output& out) {
  auto wanted = std::make_shared<wanted_topics>();
  auto* command = topic.add_subcommand("delete", "Delete topics with all their records");
  command->add_option("topic", wanted->names, "Names of the topics")->required();
  add_connection(*command, wanted->where);
  command->footer("Example:\n  tidectl topic delete orders");
  command->callback([wanted, &out] {
    const auto done = remove(*wanted);
    if (!done) {
      out.fail(done.error());
      return;
    }
    for (const topic_outcome& one : *done) {
      if (one.error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        out.fail(problem_of_code("topic " + one.name, one.error, one.said));
      } else {
        out.answer(boost::json::object{{"topic", one.name}, {"deleted", true}},
                   one.name + ": deleted\n");
      }
    }
  });
}

}  // namespace tidemill::cli
