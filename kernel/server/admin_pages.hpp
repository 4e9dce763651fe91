#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "extension/report.hpp"
#include "groups/host.hpp"
#include "metadata/image.hpp"
#include "network/counters.hpp"
#include "partition/host.hpp"
#include "quota/quota_lookup.hpp"

namespace tidemill::server {

// What the admin server shows, as pure functions of what the broker has gathered.

/// One shard at the moment of asking.
struct shard_figures {
  network::counters connections;
  partition::host::figures partitions;
  groups::host::figures groups;
};

/// The whole process at that moment.
struct broker_figures {
  std::vector<shard_figures> shards;
  std::size_t topics = 0;
  std::size_t partitions = 0;
  std::uint64_t connections_turned_away = 0;
  /// By quota::kind: answers whose clients had to wait.
  std::array<std::uint64_t, quota::kind_count> throttled{};
  std::uint64_t sync_rounds = 0;
  std::uint64_t resident_bytes = 0;
  double uptime_seconds = 0;
  bool is_ready = false;
  extension::extension_report extensions;
};

/// Prometheus text format.
[[nodiscard]] std::string metrics_page(const broker_figures& now);

/// {"topics":[{"name":...,"id":...,"partitions":[{"index":...,"leader":...}]}]}
[[nodiscard]] std::string topics_page(const metadata::image& image);

/// What /readyz says of a broker that serves clients: "ready", or "degraded" and one line for each
/// partition that fails, and for each sentence of `others`. Either way the broker takes requests:
/// to keep clients from it because of one partition would cost them all others.
[[nodiscard]] std::string ready_page(const std::vector<partition::host::failed_partition>& failed,
                                     const std::vector<std::string>& others);

/// What this broker is: version, ids, listeners, state.
struct broker_facts {
  std::string_view version;
  broker_id node{0};
  broker_epoch epoch{0};
  std::string_view data_directory;
  bool is_ready = false;
  std::vector<partition::host::failed_partition> failed = {};
};
[[nodiscard]] std::string broker_page(const broker_facts& facts, const metadata::image& image);

}  // namespace tidemill::server
