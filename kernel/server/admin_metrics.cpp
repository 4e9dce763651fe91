#include <map>

#include "server/admin_pages.hpp"
#include "server/metric_families.hpp"

namespace tidemill::server {
namespace {

double number(std::uint64_t value) {
  return static_cast<double>(value);
}

/// A number of every shard under one name.
struct shard_number {
  const char* name;
  const char* help;
  bool is_counter;
  std::uint64_t (*of)(const shard_figures& figures);
};

constexpr shard_number shard_numbers[] = {
    {"tidemill_connections", "Open connections.", false,
     [](const shard_figures& f) { return f.connections.connections; }},
    {"tidemill_connections_accepted_total", "Connections taken.", true,
     [](const shard_figures& f) { return f.connections.connections_accepted; }},
    {"tidemill_received_bytes_total", "Bytes read from clients.", true,
     [](const shard_figures& f) { return f.connections.bytes_in; }},
    {"tidemill_sent_bytes_total", "Bytes written to clients.", true,
     [](const shard_figures& f) { return f.connections.bytes_out; }},
    {"tidemill_requests_total", "Requests taken.", true,
     [](const shard_figures& f) { return f.connections.requests; }},
    {"tidemill_responses_total", "Responses written.", true,
     [](const shard_figures& f) { return f.connections.responses; }},
    {"tidemill_requests_in_work", "Requests that are not answered yet.", false,
     [](const shard_figures& f) { return f.connections.requests_in_work; }},
    {"tidemill_request_memory_bytes", "Memory of requests in work.", false,
     [](const shard_figures& f) { return f.connections.work_memory_bytes; }},
    {"tidemill_partial_request_memory_bytes", "Memory of half-read large requests.", false,
     [](const shard_figures& f) { return f.connections.partial_memory_bytes; }},
    {"tidemill_held_request_memory_bytes",
     "Memory of half-read small requests and of answers that clients do not read.", false,
     [](const shard_figures& f) { return f.connections.held_memory_bytes; }},
    {"tidemill_memory_waits_total", "Times that reading stopped because memory was spent.", true,
     [](const shard_figures& f) { return f.connections.memory_waits; }},
    {"tidemill_cold_reads_total", "File ranges that had to be read from the disk.", true,
     [](const shard_figures& f) { return f.connections.cold_reads; }},
    {"tidemill_partitions_assigned", "Partitions on the shard.", false,
     [](const shard_figures& f) { return std::uint64_t{f.partitions.assigned}; }},
    {"tidemill_partitions_open", "Partitions whose log is open.", false,
     [](const shard_figures& f) { return std::uint64_t{f.partitions.open}; }},
    {"tidemill_partitions_opening", "Partitions whose log is being opened.", false,
     [](const shard_figures& f) { return std::uint64_t{f.partitions.opening}; }},
    {"tidemill_partitions_failed", "Partitions that cannot be opened, read or written.", false,
     [](const shard_figures& f) { return std::uint64_t{f.partitions.failed}; }},
    {"tidemill_scrubbed_bytes_total", "Bytes of logs compared with their checksums.", true,
     [](const shard_figures& f) { return f.partitions.scrubbed_bytes; }},
    {"tidemill_scrub_passes_total", "Times that all open logs were compared.", true,
     [](const shard_figures& f) { return f.partitions.scrub_passes; }},
    {"tidemill_group_coordinators", "Partitions of __consumer_offsets that are led here.", false,
     [](const shard_figures& f) { return std::uint64_t{f.groups.led}; }},
    {"tidemill_group_coordinators_loading", "Those of them that are not loaded yet.", false,
     [](const shard_figures& f) { return std::uint64_t{f.groups.loading}; }},
    {"tidemill_group_members", "Members of all groups.", false,
     [](const shard_figures& f) { return std::uint64_t{f.groups.state.members}; }},
    {"tidemill_group_offsets", "Committed offsets that are kept.", false,
     [](const shard_figures& f) { return std::uint64_t{f.groups.state.offsets}; }},
    {"tidemill_group_rebalances_total", "Rebalances that have begun.", true,
     [](const shard_figures& f) { return f.groups.rebalances; }},
    {"tidemill_group_commits_total", "Offsets that were committed or removed.", true,
     [](const shard_figures& f) { return f.groups.commits; }},
    {"tidemill_group_failed_writes_total", "Changes of groups that could not be stored.", true,
     [](const shard_figures& f) { return f.groups.failed_writes; }},
    {"tidemill_compaction_passes_total", "Passes of compaction that came to their end.", true,
     [](const shard_figures& f) { return f.partitions.compaction_passes; }},
    {"tidemill_compaction_read_bytes_total", "Bytes that compaction has read.", true,
     [](const shard_figures& f) { return f.partitions.compaction_read_bytes; }},
    {"tidemill_compaction_written_bytes_total", "Bytes that compaction has written.", true,
     [](const shard_figures& f) { return f.partitions.compaction_written_bytes; }},
    {"tidemill_compaction_freed_bytes_total", "By which compaction has made logs smaller.", true,
     [](const shard_figures& f) { return f.partitions.compaction_freed_bytes; }},
    {"tidemill_compaction_removed_records_total", "Records that compaction has removed.", true,
     [](const shard_figures& f) { return f.partitions.compaction_records_removed; }},
    {"tidemill_compaction_backlog_bytes", "Bytes of logs that are due for compaction.", false,
     [](const shard_figures& f) { return f.partitions.compaction_backlog_bytes; }},
    {"tidemill_compaction_left_bytes", "Bytes that the running pass still has to read.", false,
     [](const shard_figures& f) { return f.partitions.compaction_left_bytes; }},
    {"tidemill_compaction_stopped_partitions", "Partitions that cannot be compacted.", false,
     [](const shard_figures& f) { return std::uint64_t{f.partitions.compaction_stopped}; }},
};

void add_shards(const broker_figures& now, metric_families& all) {
  for (const shard_number& one : shard_numbers) {
    for (std::size_t index = 0; index < now.shards.size(); ++index) {
      const metric_labels with{{"shard", std::to_string(index)}};
      const double value = number(one.of(now.shards[index]));
      one.is_counter ? all.counter(one.name, one.help, value, with)
                     : all.gauge(one.name, one.help, value, with);
    }
  }
}

void add_throttled(const broker_figures& now, metric_families& all) {
  constexpr std::array<std::string_view, quota::kind_count> names{"produce", "fetch",
                                                                  "request_time", "mutation"};
  for (std::size_t index = 0; index < names.size(); ++index) {
    all.counter("tidemill_throttled_requests_total",
                "Requests whose clients had to wait because of a quota.",
                number(now.throttled.at(index)), {{"quota", std::string(names.at(index))}});
  }
}

/// Also the states in which no group is, so that a graph has no gaps.
void add_groups(const broker_figures& now, metric_families& all) {
  std::map<std::string_view, std::size_t> states{{"Empty", 0},     {"PreparingRebalance", 0},
                                                 {"Stable", 0},    {"CompletingRebalance", 0},
                                                 {"Assigning", 0}, {"Reconciling", 0}};
  for (const shard_figures& each : now.shards) {
    for (const auto& [state, count] : each.groups.state.groups_in_state) {
      states[state] += count;
    }
  }
  for (const auto& [state, count] : states) {
    all.gauge("tidemill_groups", "Consumer groups, by state.", number(count),
              {{"state", std::string(state)}});
  }
}

void add_closed(const broker_figures& now, metric_families& all) {
  for (std::size_t reason = 0; reason < network::close_reason_count; ++reason) {
    std::uint64_t sum = 0;
    for (const shard_figures& each : now.shards) {
      sum += each.connections.closed[reason];
    }
    all.counter("tidemill_connections_closed_total", "Connections that ended, by reason.",
                number(sum),
                {{"reason", std::string(name(static_cast<network::close_reason>(reason)))}});
  }
}

}  // namespace

std::string metrics_page(const broker_figures& now) {
  metric_families all;
  all.gauge("tidemill_up_seconds", "Time since the start.", now.uptime_seconds);
  all.gauge("tidemill_ready", "1 while clients are served.", now.is_ready ? 1 : 0);
  all.gauge("tidemill_topics", "Topics of the cluster.", number(now.topics));
  all.gauge("tidemill_partitions", "Partitions of the cluster.", number(now.partitions));
  all.gauge("process_resident_memory_bytes", "Resident memory of the process.",
            number(now.resident_bytes));
  all.counter("tidemill_sync_rounds_total", "Group commits.", number(now.sync_rounds));
  all.counter("tidemill_connections_turned_away_total", "Connections refused because of a limit.",
              number(now.connections_turned_away));
  add_closed(now, all);
  add_throttled(now, all);
  add_shards(now, all);
  add_groups(now, all);
  add_extensions(now.extensions, all);
  return all.text();
}

}  // namespace tidemill::server
