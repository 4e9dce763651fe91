#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "server/config/value.hpp"

namespace tidemill::server::config {

/// A host and a port, as in "127.0.0.1:9092" or "[::1]:9092". An empty host means "not given".
struct endpoint {
  std::string host;
  std::uint16_t port = 0;

  [[nodiscard]] bool is_given() const noexcept { return !host.empty(); }
  friend bool operator==(const endpoint&, const endpoint&) = default;
};

[[nodiscard]] std::string to_string(const endpoint& address);

struct broker_section {
  std::string data_directory;
  std::int64_t node_id = 0;
  std::string rack;
  std::int64_t shards = 0;
  std::int64_t blocking_threads = 0;
  bool auto_create_topics = false;
  std::chrono::milliseconds stop_timeout{};
  std::string log_level;
  std::string log_format;

  friend bool operator==(const broker_section&, const broker_section&) = default;
};

struct listener_section {
  std::string name;
  endpoint address;
  /// Not given: the address that was bound.
  endpoint advertised;
  std::int64_t connections_per_second_max = 0;

  friend bool operator==(const listener_section&, const listener_section&) = default;
};

struct admin_section {
  /// Not given: no admin listener.
  endpoint address;

  friend bool operator==(const admin_section&, const admin_section&) = default;
};

struct log_section {
  std::string durability;
  std::chrono::milliseconds flush_interval{};
  std::chrono::milliseconds recovery_point_interval{};
  std::chrono::milliseconds retention_check_interval{};
  std::int64_t scrub_bytes_per_second = 0;
  std::chrono::milliseconds scrub_interval{};
  std::chrono::milliseconds compaction_interval{};
  std::int64_t compaction_bytes_per_second = 0;
  std::int64_t compaction_memory_bytes = 0;
  std::int64_t ballast_bytes = 0;

  friend bool operator==(const log_section&, const log_section&) = default;
};

struct groups_section {
  std::chrono::milliseconds session_timeout_min{};
  std::chrono::milliseconds session_timeout_max{};
  std::chrono::milliseconds initial_rebalance_delay{};
  std::int64_t rebalances_per_minute_max = 0;
  std::int64_t group_size_max = 0;
  std::int64_t member_metadata_bytes_max = 0;
  std::int64_t group_metadata_bytes_max = 0;
  std::int64_t metadata_memory_bytes = 0;
  std::int64_t offset_memory_bytes = 0;
  std::int64_t groups_max = 0;
  std::int64_t offsets_per_group_max = 0;
  std::int64_t offset_metadata_bytes_max = 0;
  std::chrono::milliseconds offsets_retention{};
  std::chrono::milliseconds offsets_retention_check_interval{};
  std::chrono::milliseconds consumer_session_timeout{};
  std::chrono::milliseconds consumer_heartbeat_interval{};
  std::int64_t offsets_partitions = 0;
  std::int64_t offsets_segment_bytes = 0;

  friend bool operator==(const groups_section&, const groups_section&) = default;
};

struct limits_section {
  std::int64_t connections_max = 0;
  std::int64_t connections_per_address_max = 0;
  std::int64_t connections_per_second_max = 0;
  std::int64_t request_size_bytes_max = 0;
  std::int64_t request_memory_bytes = 0;
  std::chrono::milliseconds idle_timeout{};
  std::int64_t topics_max = 0;
  std::int64_t partitions_max = 0;

  friend bool operator==(const limits_section&, const limits_section&) = default;
};

struct extensions_section {
  /// Searched before those of the broker itself.
  std::vector<std::string> directories;
  /// Whether those of the broker itself are searched.
  bool shipped_plugins = false;
  /// Where rules are found; empty: nowhere.
  std::string scripts;
  std::chrono::milliseconds hang_after{};

  friend bool operator==(const extensions_section&, const extensions_section&) = default;
};

/// One [[extension]].
struct extension_section {
  std::string name;
  std::string plugin;
  bool required = false;
  std::string on_error;
  std::int64_t memory_bytes_max = 0;
  std::chrono::milliseconds call_time_max{};
  /// What stands under config, as it was written: the plugin says which keys there are.
  std::map<std::string, written_value> config;

  friend bool operator==(const extension_section&, const extension_section&) = default;
};

/// Everything that can be configured, with every default filled in. Plain values: the composition
/// root hands each room the few it needs.
struct configuration {
  broker_section broker;
  /// Never empty after loading.
  std::vector<listener_section> listeners;
  admin_section admin;
  log_section log;
  groups_section groups;
  limits_section limits;
  extensions_section extensions;
  std::vector<extension_section> extension_list;
  /// Kafka's names and Kafka's text form, only those that were given.
  std::map<std::string, std::string> topic_defaults;

  friend bool operator==(const configuration&, const configuration&) = default;
};

}  // namespace tidemill::server::config
