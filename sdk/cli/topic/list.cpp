#include <fnmatch.h>

#include <set>

#include "kafka/cluster_view.hpp"
#include "kafka/wire/log_directories.hpp"
#include "terminal/table.hpp"
#include "terminal/units.hpp"
#include "topic/commands.hpp"

namespace tidemill::cli {
namespace {

struct wanted_list {
  connection where;
  std::string pattern;
  bool with_internal = false;
  bool with_sizes = false;
  bool names_only = false;
};

struct topic_row {
  const cluster_view::topic* topic = nullptr;
  std::size_t replication = 0;
  /// Partitions whose in-sync set is smaller than their replicas, or that have no leader.
  std::size_t troubled = 0;
  std::int64_t size_bytes = -1;
};

topic_row row_of(const cluster_view::topic& topic) {
  topic_row row{&topic};
  for (const auto& partition : topic.partitions) {
    row.replication = std::max(row.replication, partition.replicas.size());
    if (partition.leader < 0 || partition.in_sync.size() < partition.replicas.size()) {
      ++row.troubled;
    }
  }
  return row;
}

/// What all copies of each topic take on the disks of all brokers.
outcome<std::map<std::string, std::int64_t>> sizes_of(const connection& where,
                                                      const cluster_view& view) {
  std::map<std::string, std::int64_t> sizes;
  for (const auto& broker : view.brokers) {
    const auto found = wire::partition_sizes(where, {broker.host, std::to_string(broker.port)});
    if (!found) {
      return found.error();
    }
    for (const auto& [partition, size] : *found) {
      sizes[partition.topic] += size;
    }
  }
  return sizes;
}

void show(const std::vector<topic_row>& rows, const wanted_list& wanted, output& out) {
  using enum table::align;
  std::vector<table::column> columns{
      {"TOPIC"}, {"PARTITIONS", right}, {"REPLICATION", right}, {"TROUBLED", right}};
  if (wanted.with_sizes) {
    columns.push_back({"SIZE", right});
  }
  table shown(columns);
  boost::json::array all;
  std::string names;
  for (const topic_row& row : rows) {
    std::vector<std::string> cells{row.topic->name, std::to_string(row.topic->partitions.size()),
                                   std::to_string(row.replication), std::to_string(row.troubled)};
    boost::json::object object{{"topic", row.topic->name},
                               {"partitions", row.topic->partitions.size()},
                               {"replication", row.replication},
                               {"troubled_partitions", row.troubled}};
    if (wanted.with_sizes) {
      cells.push_back(size_text(static_cast<std::uint64_t>(row.size_bytes)));
      object["size_bytes"] = row.size_bytes;
    }
    names += row.topic->name + "\n";
    shown.add(std::move(cells));
    all.push_back(std::move(object));
  }
  out.answer(boost::json::object{{"topics", std::move(all)}},
             wanted.names_only ? names : shown.text());
}

void list(const wanted_list& wanted, output& out) {
  const auto brokers = client::open(wanted.where, RD_KAFKA_CONSUMER);
  const auto view = brokers ? view_cluster(*brokers) : outcome<cluster_view>(brokers.error());
  if (!view) {
    out.fail(view.error());
    return;
  }
  std::vector<topic_row> rows;
  for (const auto& topic : view->topics) {
    const bool matches =
        wanted.pattern.empty() || ::fnmatch(wanted.pattern.c_str(), topic.name.c_str(), 0) == 0;
    if (matches && (wanted.with_internal || !is_internal(topic.name))) {
      rows.push_back(row_of(topic));
    }
  }
  if (wanted.with_sizes) {
    const auto sizes = sizes_of(wanted.where, *view);
    if (!sizes) {
      out.fail(sizes.error());
      return;
    }
    for (topic_row& row : rows) {
      const auto found = sizes->find(row.topic->name);
      row.size_bytes = found == sizes->end() ? 0 : found->second;
    }
  }
  show(rows, wanted, out);
}

}  // namespace

void add_topic_list(CLI::App& topic, output& out) {
  auto wanted = std::make_shared<wanted_list>();
  auto* command = topic.add_subcommand("list", "Show the topics of the cluster");
  command->add_option("pattern", wanted->pattern, "Only those that match, for example 'orders-*'");
  command->add_flag("--internal", wanted->with_internal, "The internal ones, too");
  command->add_flag("--sizes", wanted->with_sizes, "What they take on disk, all copies");
  command->add_flag("--names", wanted->names_only, "Names only, one a line");
  add_connection(*command, wanted->where);
  command->footer("Example:\n  tidectl topic list --sizes");
  command->callback([wanted, &out] { list(*wanted, out); });
}

}  // namespace tidemill::cli
