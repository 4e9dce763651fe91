#include "group/commands.hpp"
#include "kafka/admin_call.hpp"

namespace tidemill::cli {
namespace {

struct wanted_groups {
  connection where;
  std::vector<std::string> names;
};

struct group_destroyer {
  void operator()(rd_kafka_DeleteGroup_t* group) const noexcept {
    rd_kafka_DeleteGroup_destroy(group);
  }
};

void remove(const wanted_groups& wanted, output& out) {
  const auto brokers = client::open(wanted.where, RD_KAFKA_CONSUMER);
  if (!brokers) {
    out.fail(brokers.error());
    return;
  }
  std::vector<std::unique_ptr<rd_kafka_DeleteGroup_t, group_destroyer>> groups;
  std::vector<rd_kafka_DeleteGroup_t*> raw;
  for (const std::string& name : wanted.names) {
    raw.push_back(groups.emplace_back(rd_kafka_DeleteGroup_new(name.c_str())).get());
  }
  const auto event = ask(*brokers, RD_KAFKA_ADMIN_OP_DELETEGROUPS, "deleting groups",
                         [&](auto* handle, auto* options, auto* queue) {
                           rd_kafka_DeleteGroups(handle, raw.data(), raw.size(), options, queue);
                         });
  if (!event) {
    out.fail(event.error());
    return;
  }
  std::size_t count = 0;
  const auto** results =
      rd_kafka_DeleteGroups_result_groups(rd_kafka_event_DeleteGroups_result(event->get()), &count);
  for (std::size_t at = 0; at < count; ++at) {
    const std::string name = rd_kafka_group_result_name(results[at]);
    if (const auto* failed = rd_kafka_group_result_error(results[at]); failed != nullptr) {
      out.fail(problem_of_code("group " + name, rd_kafka_error_code(failed),
                               rd_kafka_error_string(failed)));
    } else {
      out.answer(boost::json::object{{"group", name}, {"deleted", true}}, name + ": deleted\n");
    }
  }
}

}  // namespace

void add_group_delete(CLI::App& group, output& out) {
  auto wanted = std::make_shared<wanted_groups>();
  auto* command =
      group.add_subcommand("delete", "Delete groups without members, and what they have committed");
  command->add_option("group", wanted->names, "Names of the groups")->required();
  add_connection(*command, wanted->where);
  command->footer("Example:\n  tidectl group delete billing");
  command->callback([wanted, &out] { remove(*wanted, out); });
}

}  // namespace tidemill::cli
