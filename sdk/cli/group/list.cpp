#include "group/commands.hpp"
#include "group/group_calls.hpp"
#include "terminal/table.hpp"

namespace tidemill::cli {

void add_group_list(CLI::App& group, output& out) {
  auto where = std::make_shared<connection>();
  auto* command = group.add_subcommand("list", "Show the groups of the cluster");
  add_connection(*command, *where);
  command->footer("Example:\n  tidectl group list");
  command->callback([where, &out] {
    const auto brokers = client::open(*where, RD_KAFKA_CONSUMER);
    const auto groups =
        brokers ? list_groups(*brokers) : outcome<std::vector<group_listing>>(brokers.error());
    if (!groups) {
      out.fail(groups.error());
      return;
    }
    table shown({{"GROUP"}, {"STATE"}});
    boost::json::array all;
    for (const group_listing& one : *groups) {
      shown.add({one.id, one.state});
      all.push_back(boost::json::object{{"group", one.id}, {"state", one.state}});
    }
    out.answer(boost::json::object{{"groups", std::move(all)}}, shown.text());
  });
}

}  // namespace tidemill::cli
