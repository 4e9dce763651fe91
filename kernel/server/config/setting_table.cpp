#include <algorithm>
#include <array>
#include <limits>

#include "server/config/group_settings.hpp"
#include "server/config/setting.hpp"

namespace tidemill::server::config {
namespace {

constexpr std::int64_t unlimited = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kibibyte = 1024;
constexpr std::int64_t mebibyte = 1024 * kibibyte;
constexpr std::int64_t second = 1000;
constexpr std::int64_t hour = 3600 * second;

constexpr std::array<std::string_view, 4> log_levels{"debug", "info", "warn", "error"};
constexpr std::array<std::string_view, 2> log_formats{"text", "json"};
constexpr std::array<std::string_view, 2> durabilities{"replicated", "fsync"};
constexpr std::array<std::string_view, 3> error_answers{"by_kind", "open", "closed"};

constexpr section section_table[] = {
    {.name = "broker", .doc = "The process."},
    {.name = "listener",
     .shape = section_shape::list,
     .doc = "Where clients connect; [[listener]] as often as needed."},
    {.name = "cluster", .doc = "Other nodes.", .available = false},
    {.name = "log", .doc = "What is stored, and how safely."},
    {.name = "topic_defaults",
     .shape = section_shape::topic_settings,
     .doc = "Settings of topics that do not set them themselves, by Kafka's names."},
    {.name = "groups", .doc = "Consumer groups and what they commit."},
    {.name = "limits", .doc = "What clients may use."},
    {.name = "extensions", .doc = "Where plugins and rules are found."},
    {.name = "extension",
     .shape = section_shape::list,
     .doc = "A plugin with a configuration, under a name that topics use; [[extension]] as often "
            "as needed. What stands under `config` is the plugin's: config.KEY."},
    {.name = "admin", .doc = "HTTP for operators: /metrics, /healthz, /readyz, /v1."},
};

constexpr setting setting_table[] = {
    {.section = "broker",
     .key = "data_directory",
     .type = kind::path,
     .built_in = "tidemill-data",
     .doc = "Everything that the broker keeps; made when missing.",
     .at = [](configuration& all, std::size_t) -> slot { return &all.broker.data_directory; }},
    {.section = "broker",
     .key = "node_id",
     .type = kind::integer,
     .built_in = "1",
     .doc = "Number of this broker; written into the data directory at the first start.",
     .least = 0,
     .most = std::numeric_limits<std::int32_t>::max(),
     .at = [](configuration& all, std::size_t) -> slot { return &all.broker.node_id; }},
    {.section = "broker",
     .key = "rack",
     .type = kind::text,
     .doc = "Where this broker stands, as clients are told; empty: nowhere in particular.",
     .most = 249,
     .at = [](configuration& all, std::size_t) -> slot { return &all.broker.rack; }},
    {.section = "broker",
     .key = "shards",
     .type = kind::integer,
     .built_in = "0",
     .doc = "Threads that serve clients, one event loop each; 0: one less than the cores.",
     .least = 0,
     .most = 256,
     .at = [](configuration& all, std::size_t) -> slot { return &all.broker.shards; }},
    {.section = "broker",
     .key = "blocking_threads",
     .type = kind::integer,
     .built_in = "2",
     .doc = "Threads for what may wait for a disk: sync, recovery, cold reads, deletion.",
     .least = 1,
     .most = 64,
     .at = [](configuration& all, std::size_t) -> slot { return &all.broker.blocking_threads; }},
    {.section = "broker",
     .key = "auto_create_topics",
     .type = kind::boolean,
     .built_in = "true",
     .doc = "Make a topic when a client asks for one that is missing and allows it.",
     .at = [](configuration& all, std::size_t) -> slot { return &all.broker.auto_create_topics; }},
    {.section = "broker",
     .key = "stop_timeout",
     .type = kind::duration,
     .built_in = "10s",
     .doc = "How long a stop waits for requests in work before it drops their connections.",
     .least = 0,
     .most = hour,
     .reloadable = true,
     .at = [](configuration& all, std::size_t) -> slot { return &all.broker.stop_timeout; }},
    {.section = "broker",
     .key = "log_level",
     .type = kind::choice,
     .built_in = "info",
     .doc = "The least important lines that are written to standard error.",
     .choices = log_levels,
     .reloadable = true,
     .at = [](configuration& all, std::size_t) -> slot { return &all.broker.log_level; }},
    {.section = "broker",
     .key = "log_format",
     .type = kind::choice,
     .built_in = "text",
     .doc = "One line of key=value pairs, or one JSON object, for each event.",
     .choices = log_formats,
     .at = [](configuration& all, std::size_t) -> slot { return &all.broker.log_format; }},

    {.section = "listener",
     .key = "name",
     .type = kind::name,
     .built_in = "plain",
     .doc = "Name of the listener in logs and metrics; each listener has its own.",
     .at = [](configuration& all, std::size_t i) -> slot { return &all.listeners[i].name; }},
    {.section = "listener",
     .key = "address",
     .type = kind::address,
     .built_in = "127.0.0.1:9092",
     .doc = "Address and port to listen on; port 0: any free port; [::] takes IPv6 only, so IPv4 "
            "wants a [[listener]] of its own.",
     .at = [](configuration& all, std::size_t i) -> slot { return &all.listeners[i].address; }},
    {.section = "listener",
     .key = "advertised",
     .type = kind::optional_address,
     .doc = "Host and port that clients are told to connect to; empty: the listener's own.",
     .at = [](configuration& all, std::size_t i) -> slot { return &all.listeners[i].advertised; }},
    {.section = "listener",
     .key = "connections_per_second_max",
     .type = kind::integer,
     .built_in = "0",
     .doc = "New connections that come in through this listener in a second; those beyond wait. 0: "
            "no limit of its own.",
     .least = 0,
     .most = 10'000'000,
     .at = [](configuration& all, std::size_t i) -> slot {
       return &all.listeners[i].connections_per_second_max;
     }},

    {.section = "admin",
     .key = "address",
     .type = kind::optional_address,
     .built_in = "127.0.0.1:9644",
     .doc = "Address and port of the admin HTTP server; empty: none.",
     .at = [](configuration& all, std::size_t) -> slot { return &all.admin.address; }},

    {.section = "log",
     .key = "durability",
     .type = kind::choice,
     .built_in = "replicated",
     .doc = "When a produce is acknowledged: when the in-sync replicas have it in memory, or "
            "when it is on the disk.",
     .choices = durabilities,
     .at = [](configuration& all, std::size_t) -> slot { return &all.log.durability; }},
    {.section = "log",
     .key = "flush_interval",
     .type = kind::duration,
     .built_in = "10s",
     .doc = "What was acknowledged without waiting for the disk is there after so long; topics may "
            "say otherwise with flush.ms.",
     .least = 100,
     .most = 24 * hour,
     .at = [](configuration& all, std::size_t) -> slot { return &all.log.flush_interval; }},
    {.section = "log",
     .key = "recovery_point_interval",
     .type = kind::duration,
     .built_in = "5s",
     .doc = "How often what is known to be on the disk is noted, so that a restart reads less.",
     .least = second,
     .most = 24 * hour,
     .at = [](configuration& all, std::size_t) -> slot {
       return &all.log.recovery_point_interval;
     }},
    {.section = "log",
     .key = "retention_check_interval",
     .type = kind::duration,
     .built_in = "5m",
     .doc = "How often partitions are looked over for segments to delete.",
     .least = 100,
     .most = 24 * hour,
     .at = [](configuration& all, std::size_t) -> slot {
       return &all.log.retention_check_interval;
     }},
    {.section = "log",
     .key = "scrub_bytes_per_second",
     .type = kind::size_bytes,
     .built_in = "1MiB",
     .doc = "How much of the logs is read in the background to compare it with its checksums; a "
            "partition that is damaged stops. 0: none.",
     .least = 0,
     .most = std::int64_t{1} << 40,
     .at = [](configuration& all, std::size_t) -> slot { return &all.log.scrub_bytes_per_second; }},
    {.section = "log",
     .key = "scrub_interval",
     .type = kind::duration,
     .built_in = "24h",
     .doc = "From the beginning of one pass over all logs to that of the next; the first begins a "
            "minute after the start.",
     .least = 100,
     .most = 365 * 24 * hour,
     .at = [](configuration& all, std::size_t) -> slot { return &all.log.scrub_interval; }},
    {.section = "log",
     .key = "compaction_interval",
     .type = kind::duration,
     .built_in = "15s",
     .doc = "How often compacted topics are looked over for logs to clean, while there is nothing "
            "to do; log.cleaner.backoff.ms of Kafka.",
     .least = 100,
     .most = 24 * hour,
     .at = [](configuration& all, std::size_t) -> slot { return &all.log.compaction_interval; }},
    {.section = "log",
     .key = "compaction_bytes_per_second",
     .type = kind::size_bytes,
     .built_in = "0",
     .doc = "How much compaction reads and writes together in a second; "
            "log.cleaner.io.max.bytes.per.second of Kafka. 0: as much as it can.",
     .least = 0,
     .most = std::int64_t{1} << 40,
     .at = [](configuration& all, std::size_t) -> slot {
       return &all.log.compaction_bytes_per_second;
     }},
    {.section = "log",
     .key = "compaction_memory_bytes",
     .type = kind::size_bytes,
     .built_in = "128MiB",
     .doc = "Memory for the keys of the logs that are being compacted, 45 bytes a key; what does "
            "not fit takes several passes; log.cleaner.dedupe.buffer.size of Kafka.",
     .least = std::int64_t{1} << 20,
     .most = std::int64_t{1} << 40,
     .at = [](configuration& all, std::size_t) -> slot {
       return &all.log.compaction_memory_bytes;
     }},
    {.section = "log",
     .key = "ballast_bytes",
     .type = kind::size_bytes,
     .built_in = "4MiB",
     .doc = "Space that is kept back in the data directory, so that on a full disk topics can be "
            "deleted and the broker can be stopped cleanly. 0: none.",
     .least = 0,
     .most = std::int64_t{1} << 40,
     .at = [](configuration& all, std::size_t) -> slot { return &all.log.ballast_bytes; }},

    {.section = "limits",
     .key = "connections_max",
     .type = kind::integer,
     .built_in = "10000",
     .doc = "Connections of all clients together.",
     .least = 1,
     .most = 10'000'000,
     .reloadable = true,
     .at = [](configuration& all, std::size_t) -> slot { return &all.limits.connections_max; }},
    {.section = "limits",
     .key = "connections_per_address_max",
     .type = kind::integer,
     .built_in = "2000",
     .doc = "Connections from one address; many clients may share one behind a gateway.",
     .least = 1,
     .most = 10'000'000,
     .reloadable = true,
     .at = [](configuration& all, std::size_t) -> slot {
       return &all.limits.connections_per_address_max;
     }},
    {.section = "limits",
     .key = "connections_per_second_max",
     .type = kind::integer,
     .built_in = "0",
     .doc = "New connections in a second, all listeners together; those beyond wait until they are "
            "accepted. 0: no limit (Kafka: max.connection.creation.rate).",
     .least = 0,
     .most = 10'000'000,
     .reloadable = true,
     .at = [](configuration& all, std::size_t) -> slot {
       return &all.limits.connections_per_second_max;
     }},
    {.section = "limits",
     .key = "request_size_bytes_max",
     .type = kind::size_bytes,
     .built_in = "100MiB",
     .doc = "A client that announces a larger request is disconnected.",
     .least = kibibyte,
     .most = 1024 * mebibyte,
     .reloadable = true,
     .at = [](configuration& all, std::size_t) -> slot {
       return &all.limits.request_size_bytes_max;
     }},
    {.section = "limits",
     .key = "request_memory_bytes",
     .type = kind::size_bytes,
     .built_in = "128MiB",
     .doc =
         "Memory for requests, all connections together. Half is for requests in work: reading "
         "waits when it is spent. 3/16 are for half-read large requests, which then come one "
         "after the other; 5/16 for small half-read requests and answers that clients do not "
         "read: then the connection that has stood still longest is closed. Fetches that wait for "
         "data may take as much again: then those that have waited longest are answered.",
     .least = 16 * mebibyte,
     .most = unlimited,
     .at = [](configuration& all, std::size_t) -> slot {
       return &all.limits.request_memory_bytes;
     }},
    {.section = "limits",
     .key = "idle_timeout",
     .type = kind::duration,
     .built_in = "10m",
     .doc = "A connection without a request for so long is closed.",
     .least = second,
     .most = 24 * 365 * hour,
     .reloadable = true,
     .at = [](configuration& all, std::size_t) -> slot { return &all.limits.idle_timeout; }},
    {.section = "limits",
     .key = "topics_max",
     .type = kind::integer,
     .built_in = "20000",
     .doc = "Topics that may exist.",
     .least = 1,
     .most = 10'000'000,
     .at = [](configuration& all, std::size_t) -> slot { return &all.limits.topics_max; }},
    {.section = "limits",
     .key = "partitions_max",
     .type = kind::integer,
     .built_in = "100000",
     .doc = "Partitions that may exist, all topics together.",
     .least = 1,
     .most = 10'000'000,
     .at = [](configuration& all, std::size_t) -> slot { return &all.limits.partitions_max; }},

    {.section = "extensions",
     .key = "directories",
     .type = kind::path_list,
     .doc = "Where NAME.so is looked for, in this order and before the broker's own plugins. "
            "Directories and files belong to root or to the user of the broker, and nobody else "
            "may write to them.",
     .reloadable = true,
     .at = [](configuration& all, std::size_t) -> slot { return &all.extensions.directories; }},
    {.section = "extensions",
     .key = "shipped_plugins",
     .type = kind::boolean,
     .built_in = "true",
     .doc = "Look into `plugins` beside the folder of the program, and into the installed plugins, "
            "too.",
     .reloadable = true,
     .at = [](configuration& all, std::size_t) -> slot { return &all.extensions.shipped_plugins; }},
    {.section = "extensions",
     .key = "scripts",
     .type = kind::text,
     .doc = "Where rules written in Lua (NAME.lua) are found; topics name them as lua:NAME.lua. "
            "Directory and files belong to root or to the user of the broker, and nobody else may "
            "write to them.",
     .most = 4096,
     .reloadable = true,
     .at = [](configuration& all, std::size_t) -> slot { return &all.extensions.scripts; }},
    {.section = "extensions",
     .key = "hang_after",
     .type = kind::duration,
     .built_in = "10s",
     .doc = "A call of a plugin that has not returned for so long is said to hang: the log and "
            "GET /v1/extensions name it, a reload goes on without it, and a stop leaves it behind.",
     .least = 100,
     .most = hour,
     .at = [](configuration& all, std::size_t) -> slot { return &all.extensions.hang_after; }},

    {.section = "extension",
     .key = "name",
     .type = kind::optional_name,
     .doc = "What topic settings name; each extension has its own.",
     .reloadable = true,
     .at = [](configuration& all, std::size_t i) -> slot { return &all.extension_list[i].name; }},
    {.section = "extension",
     .key = "plugin",
     .type = kind::optional_name,
     .doc = "The plugin that does the work, by the name that it gives itself.",
     .reloadable = true,
     .at = [](configuration& all, std::size_t i) -> slot { return &all.extension_list[i].plugin; }},
    {.section = "extension",
     .key = "required",
     .type = kind::boolean,
     .built_in = "false",
     .doc = "The broker does not start when it cannot be loaded.",
     .reloadable = true,
     .at = [](configuration& all, std::size_t i) -> slot {
       return &all.extension_list[i].required;
     }},
    {.section = "extension",
     .key = "on_error",
     .type = kind::choice,
     .built_in = "by_kind",
     .doc = "What becomes of batches that it cannot judge: they pass (open), are refused (closed), "
            "or what is usual: a partitioner lets them pass, a validation refuses them.",
     .choices = error_answers,
     .reloadable = true,
     .at = [](configuration& all, std::size_t i) -> slot {
       return &all.extension_list[i].on_error;
     }},
    {.section = "extension",
     .key = "memory_bytes_max",
     .type = kind::size_bytes,
     .built_in = "64MiB",
     .doc = "What it may allocate through the broker.",
     .least = 0,
     .most = std::int64_t{1} << 40,
     .reloadable = true,
     .at = [](configuration& all, std::size_t i) -> slot {
       return &all.extension_list[i].memory_bytes_max;
     }},
    {.section = "extension",
     .key = "call_time_max",
     .type = kind::duration,
     .built_in = "1ms",
     .doc = "A call that takes longer counts as a fault; a microsecond for each record is added.",
     .least = 1,
     .most = hour,
     .reloadable = true,
     .at = [](configuration& all, std::size_t i) -> slot {
       return &all.extension_list[i].call_time_max;
     }},
};

/// The order in which they are printed: that of the sections.
constexpr auto all_settings = [] {
  std::array<setting, std::size(setting_table) + std::size(group_settings)> all{};
  auto to = all.begin();
  const auto* limits =
      std::ranges::find(setting_table, std::string_view("limits"), &setting::section);
  to = std::copy(std::begin(setting_table), limits, to);
  to = std::copy(std::begin(group_settings), std::end(group_settings), to);
  std::copy(limits, std::end(setting_table), to);
  return all;
}();

}  // namespace

std::span<const section> sections() noexcept {
  return section_table;
}

std::span<const setting> settings() noexcept {
  return all_settings;
}

const section* find_section(std::string_view name) noexcept {
  const auto* found = std::ranges::find(section_table, name, &section::name);
  return found == std::end(section_table) ? nullptr : found;
}

const setting* find_setting(std::string_view section_name, std::string_view key) noexcept {
  const auto* found = std::ranges::find_if(all_settings, [&](const setting& candidate) {
    return candidate.section == section_name && candidate.key == key;
  });
  return found == std::end(all_settings) ? nullptr : found;
}

}  // namespace tidemill::server::config
