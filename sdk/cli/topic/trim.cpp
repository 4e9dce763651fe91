#include "kafka/cluster_view.hpp"
#include "kafka/position.hpp"
#include "terminal/table.hpp"
#include "topic/commands.hpp"

namespace tidemill::cli {
namespace {

struct wanted_trim {
  connection where;
  std::string name;
  std::string before;
  std::vector<int> partitions;
  bool dry_run = false;
};

struct records_destroyer {
  void operator()(rd_kafka_DeleteRecords_t* records) const noexcept {
    rd_kafka_DeleteRecords_destroy(records);
  }
};

struct trimmed {
  offset_map before;
  offset_map after;
};

/// The offsets up to which records go.
outcome<trimmed> plan(const client& brokers, const wanted_trim& wanted) {
  const auto to = position_of("--before", wanted.before, now_ms());
  if (!to) {
    return to.error();
  }
  const auto partitions = partitions_of(brokers, wanted.name, wanted.partitions);
  const auto bounds =
      partitions ? bounds_of(brokers, *partitions) : outcome<log_bounds>(partitions.error());
  if (!bounds) {
    return bounds.error();
  }
  auto offsets = resolve(brokers, *bounds, *to);
  if (!offsets) {
    return offsets.error();
  }
  return trimmed{bounds->starts, std::move(*offsets)};
}

/// New starts of the logs.
outcome<offset_map> delete_records(const client& brokers, const offset_map& up_to) {
  const partition_list list = list_of(up_to);
  const std::unique_ptr<rd_kafka_DeleteRecords_t, records_destroyer> records(
      rd_kafka_DeleteRecords_new(list.get()));
  rd_kafka_DeleteRecords_t* raw = records.get();
  const auto event = ask(brokers, RD_KAFKA_ADMIN_OP_DELETERECORDS, "deleting records",
                         [&](auto* handle, auto* options, auto* queue) {
                           rd_kafka_DeleteRecords(handle, &raw, 1, options, queue);
                         });
  if (!event) {
    return event.error();
  }
  const auto* const done =
      rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event->get()));
  offset_map starts;
  for (int at = 0; at < done->cnt; ++at) {
    const auto& one = done->elems[at];
    if (one.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return problem_of_code(
          "records of " + std::string(one.topic) + "-" + std::to_string(one.partition), one.err,
          {});
    }
    starts[{one.topic, one.partition}] = one.offset;
  }
  return starts;
}

outcome<trimmed> trim(const wanted_trim& wanted) {
  const auto brokers = client::open(wanted.where, RD_KAFKA_CONSUMER);
  if (!brokers) {
    return brokers.error();
  }
  auto planned = plan(*brokers, wanted);
  if (!planned || wanted.dry_run) {
    return planned;
  }
  auto starts = delete_records(*brokers, planned->after);
  if (!starts) {
    return starts.error();
  }
  planned->after = std::move(*starts);
  return planned;
}

void show(const trimmed& done, const wanted_trim& wanted, output& out) {
  using enum table::align;
  table shown({{"PARTITION", right},
               {"START WAS", right},
               {wanted.dry_run ? "WOULD BE" : "START IS", right}});
  boost::json::array all;
  for (const auto& [where, before] : done.before) {
    const std::int64_t after = done.after.at(where);
    shown.add({std::to_string(where.index), std::to_string(before), std::to_string(after)});
    all.push_back(boost::json::object{
        {"partition", where.index}, {"start_was", before}, {"start_offset", after}});
  }
  out.answer(
      boost::json::object{
          {"topic", wanted.name}, {"trimmed", !wanted.dry_run}, {"partitions", std::move(all)}},
      shown.text());
}

}  // namespace

void add_topic_trim(CLI::App& topic, output& out) {
  auto wanted = std::make_shared<wanted_trim>();
  auto* command = topic.add_subcommand("trim", "Delete the records before an offset or a time");
  command->add_option("topic", wanted->name, "Name of the topic")->required();
  command->add_option("--before", wanted->before, std::string("Up to where: ") + position_help)
      ->required();
  command->add_option("-p,--partition", wanted->partitions, "Only these partitions")
      ->delimiter(',')
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->add_flag("--dry-run", wanted->dry_run, "Show what would go, and change nothing");
  add_connection(*command, wanted->where);
  command->footer("Example:\n  tidectl topic trim orders --before -7d");
  command->callback([wanted, &out] {
    const auto done = trim(*wanted);
    if (!done) {
      out.fail(done.error());
      return;
    }
    show(*done, *wanted, out);
  });
}

}  // namespace tidemill::cli
