#include "server/room_options.hpp"

#include <algorithm>

#include "base/quantity.hpp"
#include "groups/record_codec.hpp"
#include "io/address.hpp"
#include "server/config/setting.hpp"

namespace tidemill::server {
namespace {

/// A number among the topic defaults that only the controller uses.
std::int64_t number_or(const config::configuration& from, std::string_view name,
                       std::int64_t otherwise) {
  const auto found = from.topic_defaults.find(std::string(name));
  if (found == from.topic_defaults.end()) {
    return otherwise;
  }
  return parse_integer(found->second).value_or(otherwise);
}

metadata::setting_type wire_type(config::kind of) {
  switch (of) {
    case config::kind::path_list:
      return metadata::setting_type::list;
    case config::kind::boolean:
      return metadata::setting_type::boolean;
    case config::kind::integer:
    case config::kind::size_bytes:
      return metadata::setting_type::int64;
    case config::kind::text:
    case config::kind::path:
    case config::kind::name:
    case config::kind::optional_name:
    case config::kind::duration:
    case config::kind::choice:
    case config::kind::address:
    case config::kind::optional_address:
      break;
  }
  return metadata::setting_type::text;
}

std::string without_quotes(std::string text) {
  const bool is_quoted = text.size() >= 2 && text.front() == '"';
  return is_quoted ? text.substr(1, text.size() - 2) : text;
}

}  // namespace

std::size_t shard_count(const config::configuration& from, std::size_t processors) {
  if (from.broker.shards != 0) {
    return static_cast<std::size_t>(from.broker.shards);
  }
  return processors > 1 ? processors - 1 : 1;
}

metadata::setting_list topic_defaults(const config::configuration& from) {
  metadata::setting_list list;
  for (const auto& [name, value] : from.topic_defaults) {
    list.push_back({name, value});
  }
  return list;
}

metadata::controller_options controller_options(const config::configuration& from) {
  metadata::controller_options options;
  options.default_partition_count =
      static_cast<std::int32_t>(number_or(from, metadata::partition_count_setting, 1));
  options.default_replication_factor =
      static_cast<std::int16_t>(number_or(from, metadata::replication_factor_setting, 1));
  options.topic_defaults = topic_defaults(from);
  options.limits.topics = static_cast<std::size_t>(from.limits.topics_max);
  options.limits.partitions = static_cast<std::size_t>(from.limits.partitions_max);
  return options;
}

partition::host_options host_options(const config::configuration& from, std::size_t shards,
                                     std::uint64_t descriptors) {
  // Half of the files are for connections, a quarter for logs, of which each keeps up to three, an
  // eighth for flushes under way; the rest is for what else the pool does.
  constexpr std::uint64_t files_for_each_log = 12;
  const std::uint64_t logs = descriptors / files_for_each_log / shards;
  const std::uint64_t flushed = descriptors / 8 / shards;
  partition::host_options options;
  options.self = broker_id{static_cast<std::int32_t>(from.broker.node_id)};
  options.open_logs_max = std::clamp<std::uint64_t>(logs, 8, options.open_logs_max);
  options.flush_segments_max =
      std::clamp<std::uint64_t>(flushed / options.flushes_max, 1, options.flush_segments_max);
  options.retention_interval = from.log.retention_check_interval;
  options.checkpoint_interval = from.log.recovery_point_interval;
  const auto scrubbed = static_cast<std::uint64_t>(from.log.scrub_bytes_per_second);
  options.scrub_bytes_per_second =
      scrubbed == 0 ? 0 : std::max<std::uint64_t>(scrubbed / shards, 1);
  options.scrub_interval = from.log.scrub_interval;
  const auto compacted = static_cast<std::uint64_t>(from.log.compaction_bytes_per_second);
  options.compaction_bytes_per_second =
      compacted == 0 ? 0 : std::max<std::uint64_t>(compacted / shards, 1);
  options.compaction_memory_bytes =
      static_cast<std::uint64_t>(from.log.compaction_memory_bytes) / shards;
  options.compaction_interval = from.log.compaction_interval;
  return options;
}

api::broker_options broker_options(config::configuration& from, std::size_t shards) {
  api::broker_options options;
  options.id = broker_id{static_cast<std::int32_t>(from.broker.node_id)};
  options.auto_create_topics = from.broker.auto_create_topics;
  options.default_partition_count =
      static_cast<std::int32_t>(number_or(from, metadata::partition_count_setting, 1));
  options.data_directory = from.broker.data_directory;
  options.waiting_fetch_bytes_max =
      static_cast<std::size_t>(from.limits.request_memory_bytes) / shards;
  options.topic_defaults = topic_defaults(from);
  options.offsets_topic_partitions = static_cast<std::int32_t>(from.groups.offsets_partitions);
  options.offsets_topic_segment_bytes = from.groups.offsets_segment_bytes;
  for (const config::setting& known : config::settings()) {
    if (config::find_section(known.section)->shape == config::section_shape::list) {
      continue;
    }
    metadata::broker_setting shown;
    shown.name = std::string(known.section) + "." + std::string(known.key);
    shown.value = without_quotes(to_toml(known, known.at(from, 0)));
    shown.type = wire_type(known.type);
    shown.documentation = known.doc;
    shown.is_default = shown.value == known.built_in;
    options.broker_settings.push_back(std::move(shown));
  }
  std::ranges::sort(options.broker_settings, {}, &metadata::broker_setting::name);
  return options;
}

groups::group_options group_options(const config::configuration& from, std::size_t shards) {
  groups::group_options options;
  options.session_timeout_min = from.groups.session_timeout_min;
  options.session_timeout_max = from.groups.session_timeout_max;
  options.initial_rebalance_delay = from.groups.initial_rebalance_delay;
  options.rebalances_per_minute_max =
      static_cast<std::size_t>(from.groups.rebalances_per_minute_max);
  options.group_size_max = static_cast<std::size_t>(from.groups.group_size_max);
  options.member_metadata_bytes_max =
      static_cast<std::size_t>(from.groups.member_metadata_bytes_max);
  options.group_metadata_bytes_max = static_cast<std::size_t>(from.groups.group_metadata_bytes_max);
  options.shard_metadata_bytes_max =
      static_cast<std::size_t>(from.groups.metadata_memory_bytes) / shards;
  options.shard_offset_bytes_max =
      static_cast<std::size_t>(from.groups.offset_memory_bytes) / shards;
  options.groups_max = static_cast<std::size_t>(from.groups.groups_max);
  options.offsets_per_group_max = static_cast<std::size_t>(from.groups.offsets_per_group_max);
  options.offset_metadata_bytes_max =
      static_cast<std::size_t>(from.groups.offset_metadata_bytes_max);
  options.offsets_retention = from.groups.offsets_retention;
  options.offsets_retention_check_interval = from.groups.offsets_retention_check_interval;
  options.consumer_session_timeout = from.groups.consumer_session_timeout;
  options.consumer_heartbeat_interval = from.groups.consumer_heartbeat_interval;
  options.read_subscription = groups::subscribed_topics;
  return options;
}

network::limits network_limits(const config::configuration& from, std::uint64_t descriptors) {
  network::limits limits;
  const auto count = [&](std::int64_t wanted) {
    return std::min(static_cast<std::uint64_t>(wanted), descriptors / 2);
  };
  limits.request_size_bytes_max = static_cast<std::size_t>(from.limits.request_size_bytes_max);
  const auto sixteenth = static_cast<std::size_t>(from.limits.request_memory_bytes) / 16;
  limits.work_memory_bytes_max = sixteenth * 8;
  limits.partial_memory_bytes_max = sixteenth * 3;
  limits.held_memory_bytes_max = sixteenth * 5;
  limits.connections_max = count(from.limits.connections_max);
  limits.connections_per_address_max = count(from.limits.connections_per_address_max);
  limits.connections_per_second_max =
      static_cast<std::size_t>(from.limits.connections_per_second_max);
  limits.idle_max = from.limits.idle_timeout;
  return limits;
}

topic_policy_options policy_options(const config::configuration& from) {
  topic_policy_options options;
  options.defaults = topic_defaults(from);
  options.sync_before_commit = from.log.durability == "fsync";
  options.flush_age_max = from.log.flush_interval;
  return options;
}

std::pair<network::address_rates::named_rates, std::size_t> address_rates(
    const metadata::client_quotas& quotas) {
  network::address_rates::named_rates named;
  std::size_t others = 0;
  for (const auto& of : quotas.in_order()) {
    const auto address = of->entity.find(metadata::quota_address);
    const auto rate = of->values.find(metadata::connection_rate_key);
    if (address == of->entity.end() || rate == of->values.end()) {
      continue;
    }
    const auto wanted = static_cast<std::size_t>(rate->second);
    if (address->second) {
      named.insert_or_assign(io::canonical_address(*address->second).value_or(*address->second),
                             wanted);
    } else {
      others = wanted;
    }
  }
  return {std::move(named), others};
}

}  // namespace tidemill::server
