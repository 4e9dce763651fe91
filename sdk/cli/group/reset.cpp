#include "group/commands.hpp"
#include "group/group_calls.hpp"
#include "kafka/cluster_view.hpp"
#include "kafka/position.hpp"
#include "terminal/table.hpp"

namespace tidemill::cli {
namespace {

struct wanted_reset {
  connection where;
  std::string group;
  std::vector<std::string> topics;
  std::vector<int> partitions;
  std::string to;
  bool dry_run = false;
};

struct planned_reset {
  offset_map before;
  offset_map after;
};

/// The partitions of the topics that are named; without any, those that the group has committed.
outcome<std::vector<topic_partition>> partitions_to_reset(const client& brokers,
                                                          const wanted_reset& wanted,
                                                          const offset_map& committed) {
  std::vector<topic_partition> all;
  for (const std::string& topic : wanted.topics) {
    const auto partitions = partitions_of(brokers, topic, wanted.partitions);
    if (!partitions) {
      return partitions.error();
    }
    all.insert(all.end(), partitions->begin(), partitions->end());
  }
  if (wanted.topics.empty()) {
    for (const auto& [where, offset] : committed) {
      all.push_back(where);
    }
  }
  if (all.empty()) {
    return problem{"group " + wanted.group + " has committed nothing",
                   "name the topics that it is to read: --topic NAME", 2};
  }
  return all;
}

outcome<planned_reset> reset(const wanted_reset& wanted) {
  const auto to = position_of("--to", wanted.to, now_ms());
  if (!to) {
    return to.error();
  }
  if (wanted.topics.empty() && !wanted.partitions.empty()) {
    return problem{"--partition without --topic: expected the topic that it belongs to",
                   "for example --topic orders --partition 0", 2};
  }
  const auto brokers = client::open(wanted.where, RD_KAFKA_CONSUMER);
  auto committed =
      brokers ? committed_offsets(*brokers, wanted.group) : outcome<offset_map>(brokers.error());
  if (!committed) {
    return committed.error();
  }
  const auto partitions = partitions_to_reset(*brokers, wanted, *committed);
  const auto bounds =
      partitions ? bounds_of(*brokers, *partitions) : outcome<log_bounds>(partitions.error());
  auto after = bounds ? resolve(*brokers, *bounds, *to) : outcome<offset_map>(bounds.error());
  if (!after) {
    return after.error();
  }
  if (!wanted.dry_run) {
    if (auto done = commit_offsets(*brokers, wanted.group, *after); !done) {
      return done.error();
    }
  }
  return planned_reset{std::move(*committed), std::move(*after)};
}

void show(const planned_reset& done, const wanted_reset& wanted, output& out) {
  using enum table::align;
  table shown({{"TOPIC"},
               {"PARTITION", right},
               {"WAS", right},
               {wanted.dry_run ? "WOULD BE" : "IS", right}});
  boost::json::array all;
  for (const auto& [where, after] : done.after) {
    const auto before = done.before.find(where);
    const bool had = before != done.before.end();
    shown.add({where.topic, std::to_string(where.index), had ? std::to_string(before->second) : "-",
               std::to_string(after)});
    all.push_back(boost::json::object{
        {"topic", where.topic},
        {"partition", where.index},
        {"was", had ? boost::json::value(before->second) : boost::json::value()},
        {"offset", after}});
  }
  out.answer(
      boost::json::object{
          {"group", wanted.group}, {"reset", !wanted.dry_run}, {"partitions", std::move(all)}},
      shown.text());
}

}  // namespace

void add_group_reset(CLI::App& group, output& out) {
  auto wanted = std::make_shared<wanted_reset>();
  auto* command = group.add_subcommand(
      "reset", "Send a group without members elsewhere, for when it is started again");
  command->add_option("group", wanted->group, "Name of the group")->required();
  command->add_option("--to", wanted->to, std::string("Where to: ") + position_help)->required();
  command
      ->add_option("-t,--topic", wanted->topics,
                   "Only this topic; may be repeated. All that it has committed without")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->add_option("-p,--partition", wanted->partitions, "Only these partitions of the topic")
      ->delimiter(',')
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->add_flag("--dry-run", wanted->dry_run, "Show what would be, and change nothing");
  add_connection(*command, wanted->where);
  command->footer("Example:\n  tidectl group reset billing --topic orders --to -1h --dry-run");
  command->callback([wanted, &out] {
    const auto done = reset(*wanted);
    if (!done) {
      out.fail(done.error());
      return;
    }
    show(*done, *wanted, out);
  });
}

}  // namespace tidemill::cli
