#include "group/commands.hpp"
#include "group/group_calls.hpp"
#include "terminal/table.hpp"

namespace tidemill::cli {
namespace {

struct wanted_group {
  connection where;
  std::string name;
};

/// "orders 0,1,2; other 4"
std::string partitions_text(const std::vector<topic_partition>& partitions) {
  std::string text;
  std::string topic;
  for (const topic_partition& one : partitions) {
    const bool same = one.topic == topic;
    text += text.empty() ? "" : same ? "," : "; ";
    text += (same ? "" : one.topic + " ") + std::to_string(one.index);
    topic = one.topic;
  }
  return text.empty() ? "-" : text;
}

void show(const group_view& group, output& out) {
  table shown({{"MEMBER"}, {"CLIENT"}, {"HOST"}, {"PARTITIONS"}});
  boost::json::array members;
  for (const auto& member : group.members) {
    shown.add({member.id, member.client_id, member.host, partitions_text(member.partitions)});
    boost::json::array partitions;
    for (const topic_partition& one : member.partitions) {
      partitions.push_back(boost::json::object{{"topic", one.topic}, {"partition", one.index}});
    }
    members.push_back(boost::json::object{{"id", member.id},
                                          {"client_id", member.client_id},
                                          {"host", member.host},
                                          {"partitions", std::move(partitions)}});
  }
  std::string text = "Group " + group.id + ": " + group.state + ", protocol " + group.protocol;
  text += group.assignor.empty() ? "" : ", assignor " + group.assignor;
  text += ", coordinator " + std::to_string(group.coordinator) + "\n";
  text += group.members.empty() ? "It has no members.\n" : "\n" + shown.text();
  out.answer(boost::json::object{{"group", group.id},
                                 {"protocol", group.protocol},
                                 {"state", group.state},
                                 {"assignor", group.assignor},
                                 {"coordinator", group.coordinator},
                                 {"members", std::move(members)}},
             text);
}

}  // namespace

void add_group_describe(CLI::App& group, output& out) {
  auto wanted = std::make_shared<wanted_group>();
  auto* command = group.add_subcommand("describe", "Show a group's members and what each has");
  command->add_option("group", wanted->name, "Name of the group")->required();
  add_connection(*command, wanted->where);
  command->footer("Example:\n  tidectl group describe billing");
  command->callback([wanted, &out] {
    const auto brokers = client::open(wanted->where, RD_KAFKA_CONSUMER);
    const auto found =
        brokers ? describe_group(*brokers, wanted->name) : outcome<group_view>(brokers.error());
    if (!found) {
      out.fail(found.error());
      return;
    }
    show(*found, out);
  });
}

}  // namespace tidemill::cli
