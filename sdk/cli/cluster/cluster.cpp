#include <map>

#include "cluster/commands.hpp"
#include "kafka/cluster_view.hpp"
#include "kafka/wire/log_directories.hpp"
#include "terminal/table.hpp"
#include "terminal/units.hpp"

namespace tidemill::cli {
namespace {

struct broker_row {
  const cluster_view::broker* broker = nullptr;
  std::size_t leads = 0;
  std::size_t stores = 0;
  /// -1: it does not say.
  std::int64_t size_bytes = -1;
};

std::vector<broker_row> rows_of(const connection& where, const cluster_view& view) {
  std::map<std::int32_t, broker_row> rows;
  for (const auto& broker : view.brokers) {
    rows[broker.id].broker = &broker;
    const auto sizes = wire::partition_sizes(where, {broker.host, std::to_string(broker.port)});
    if (sizes) {
      std::int64_t total = 0;
      for (const auto& [partition, size] : *sizes) {
        total += size;
      }
      rows[broker.id].size_bytes = total;
    }
  }
  for (const auto& topic : view.topics) {
    for (const auto& partition : topic.partitions) {
      if (const auto found = rows.find(partition.leader); found != rows.end()) {
        ++found->second.leads;
      }
      for (const std::int32_t replica : partition.replicas) {
        if (const auto found = rows.find(replica); found != rows.end()) {
          ++found->second.stores;
        }
      }
    }
  }
  std::vector<broker_row> all;
  for (const auto& [id, row] : rows) {
    all.push_back(row);
  }
  return all;
}

void show(const connection& where, const cluster_view& view, output& out) {
  using enum table::align;
  table shown({{"BROKER", right},
               {"ADDRESS"},
               {"ROLE"},
               {"LEADS", right},
               {"STORES", right},
               {"SIZE", right}});
  boost::json::array brokers;
  for (const broker_row& row : rows_of(where, view)) {
    const bool leads_cluster = row.broker->id == view.controller;
    const std::string address = row.broker->host + ":" + std::to_string(row.broker->port);
    shown.add({std::to_string(row.broker->id), address, leads_cluster ? "controller" : "",
               std::to_string(row.leads), std::to_string(row.stores),
               row.size_bytes < 0 ? "-" : size_text(static_cast<std::uint64_t>(row.size_bytes))});
    brokers.push_back(boost::json::object{{"id", row.broker->id},
                                          {"address", address},
                                          {"controller", leads_cluster},
                                          {"leads", row.leads},
                                          {"stores", row.stores},
                                          {"size_bytes", row.size_bytes}});
  }
  std::size_t partitions = 0;
  for (const auto& topic : view.topics) {
    partitions += topic.partitions.size();
  }
  const std::string text = "Cluster " + view.cluster_id + ": " +
                           std::to_string(view.topics.size()) + " topics, " +
                           std::to_string(partitions) + " partitions\n\n" + shown.text();
  out.answer(boost::json::object{{"cluster_id", view.cluster_id},
                                 {"controller", view.controller},
                                 {"topics", view.topics.size()},
                                 {"partitions", partitions},
                                 {"brokers", std::move(brokers)}},
             text);
}

}  // namespace

void add_cluster(CLI::App& app, output& out) {
  auto where = std::make_shared<connection>();
  auto* command = app.add_subcommand("cluster", "Show the brokers of the cluster");
  add_connection(*command, *where);
  command->footer("Example:\n  tidectl cluster --brokers 127.0.0.1:9092");
  command->callback([where, &out] {
    const auto brokers = client::open(*where, RD_KAFKA_CONSUMER);
    const auto view = brokers ? view_cluster(*brokers) : outcome<cluster_view>(brokers.error());
    if (!view) {
      out.fail(view.error());
      return;
    }
    show(*where, *view, out);
  });
}

}  // namespace tidemill::cli
