#include "metadata/records.hpp"

#include <utility>

#include "base/assert.hpp"
#include "metadata/errc.hpp"
#include "protocol/message.hpp"
#include "protocol/metadata/broker.hpp"
#include "protocol/metadata/client_quota.hpp"
#include "protocol/metadata/cluster.hpp"
#include "protocol/metadata/rule.hpp"
#include "protocol/metadata/topic.hpp"
#include "protocol/reader.hpp"
#include "protocol/writer.hpp"

namespace tidemill::metadata {
namespace {

constexpr broker_id no_leader{-1};
constexpr broker_id leader_unchanged{-2};
constexpr broker_epoch epoch_is_index{-1};

std::optional<broker_id> leader_from_stored(broker_id stored) noexcept {
  return stored == no_leader ? std::nullopt : std::optional(stored);
}

// One pair of functions per record: to what is stored, and back.

protocol::metadata_cluster to_stored(const cluster_record& value) {
  return {.cluster_id = value.cluster_id};
}
metadata_record from_stored(const protocol::metadata_cluster& stored) {
  return cluster_record{stored.cluster_id};
}

protocol::metadata_broker to_stored(const broker_record& value) {
  protocol::metadata_broker stored;
  stored.broker_id = value.id;
  stored.epoch = value.epoch.value_or(epoch_is_index);
  stored.incarnation = value.incarnation;
  for (const auto& [listener, host, port] : value.endpoints) {
    auto& endpoint = stored.endpoints.emplace_back();
    endpoint.listener = listener;
    endpoint.host = host;
    endpoint.port = port;
  }
  stored.rack = value.rack;
  return stored;
}
metadata_record from_stored(const protocol::metadata_broker& stored) {
  broker_record value;
  value.id = stored.broker_id;
  if (stored.epoch != epoch_is_index) {
    value.epoch = stored.epoch;
  }
  value.incarnation = stored.incarnation;
  for (const auto& each : stored.endpoints) {
    value.endpoints.push_back({std::string(each.listener), std::string(each.host), each.port});
  }
  value.rack = stored.rack;
  return value;
}

protocol::metadata_remove_broker to_stored(const remove_broker_record& value) {
  return {.broker_id = value.id, .epoch = value.epoch};
}
metadata_record from_stored(const protocol::metadata_remove_broker& stored) {
  return remove_broker_record{stored.broker_id, stored.epoch};
}

protocol::metadata_topic to_stored(const topic_record& value) {
  return {.name = value.name, .topic_id = value.id};
}
metadata_record from_stored(const protocol::metadata_topic& stored) {
  return topic_record{std::string(stored.name), stored.topic_id};
}

protocol::metadata_partition to_stored(const partition_record& value) {
  protocol::metadata_partition stored;
  stored.topic_id = value.topic;
  stored.partition_index = value.index;
  stored.replicas = value.state.replicas;
  stored.in_sync_replicas = value.state.in_sync_replicas;
  stored.leader = value.state.leader.value_or(no_leader);
  stored.leader_epoch = value.state.leader_epoch;
  stored.partition_epoch = value.state.partition_epoch;
  return stored;
}
metadata_record from_stored(protocol::metadata_partition& stored) {
  partition_record value;
  value.topic = stored.topic_id;
  value.index = stored.partition_index;
  value.state.replicas = std::move(stored.replicas);
  value.state.in_sync_replicas = std::move(stored.in_sync_replicas);
  value.state.leader = leader_from_stored(stored.leader);
  value.state.leader_epoch = stored.leader_epoch;
  value.state.partition_epoch = stored.partition_epoch;
  return value;
}

protocol::metadata_partition_change to_stored(const partition_change_record& value) {
  protocol::metadata_partition_change stored;
  stored.topic_id = value.topic;
  stored.partition_index = value.index;
  stored.replicas = value.replicas;
  stored.in_sync_replicas = value.in_sync_replicas;
  stored.leader = value.leader ? value.leader->value_or(no_leader) : leader_unchanged;
  return stored;
}
metadata_record from_stored(protocol::metadata_partition_change& stored) {
  partition_change_record value;
  value.topic = stored.topic_id;
  value.index = stored.partition_index;
  value.replicas = std::move(stored.replicas);
  value.in_sync_replicas = std::move(stored.in_sync_replicas);
  if (stored.leader != leader_unchanged) {
    value.leader = leader_from_stored(stored.leader);
  }
  return value;
}

protocol::metadata_remove_topic to_stored(const remove_topic_record& value) {
  return {.topic_id = value.topic};
}
metadata_record from_stored(const protocol::metadata_remove_topic& stored) {
  return remove_topic_record{stored.topic_id};
}

protocol::metadata_topic_setting to_stored(const topic_setting_record& value) {
  return {.topic_id = value.topic, .name = value.name, .value = value.value};
}
metadata_record from_stored(const protocol::metadata_topic_setting& stored) {
  topic_setting_record value{stored.topic_id, std::string(stored.name), std::nullopt};
  if (stored.value) {
    value.value = std::string(*stored.value);
  }
  return value;
}

protocol::metadata_feature_level to_stored(const feature_level_record& value) {
  return {.name = value.name, .level = value.level};
}
metadata_record from_stored(const protocol::metadata_feature_level& stored) {
  return feature_level_record{std::string(stored.name), stored.level};
}

protocol::metadata_producer_ids to_stored(const producer_ids_record& value) {
  return {.broker_id = value.broker, .broker_epoch = value.epoch, .next_producer_id = value.next};
}
metadata_record from_stored(const protocol::metadata_producer_ids& stored) {
  return producer_ids_record{stored.broker_id, stored.broker_epoch, stored.next_producer_id};
}

protocol::metadata_rule to_stored(const rule_record& value) {
  protocol::metadata_rule stored;
  stored.file = value.file;
  stored.sha256 = value.sha256;
  stored.source = value.source;
  stored.accepted_at_ms = value.accepted_at_ms;
  return stored;
}
metadata_record from_stored(const protocol::metadata_rule& stored) {
  rule_record value{std::string(stored.file), std::string(stored.sha256), std::nullopt,
                    stored.accepted_at_ms};
  if (stored.source) {
    value.source = std::string(*stored.source);
  }
  return value;
}

protocol::metadata_client_quota to_stored(const client_quota_record& value) {
  protocol::metadata_client_quota stored;
  for (const auto& [type, name] : value.entity) {
    auto& part = stored.entity.emplace_back();
    part.type = type;
    part.name = name;
  }
  stored.key = value.key;
  stored.value = value.value.value_or(0);
  stored.remove = !value.value.has_value();
  return stored;
}
metadata_record from_stored(const protocol::metadata_client_quota& stored) {
  client_quota_record value;
  for (const auto& part : stored.entity) {
    value.entity.emplace(part.type, part.name ? std::optional<std::string>(*part.name)
                                              : std::optional<std::string>());
  }
  value.key = stored.key;
  if (!stored.remove) {
    value.value = stored.value;
  }
  return value;
}

template <class Stored>
void write_framed(protocol::writer& to, const Stored& stored) {
  to.unsigned_varint(static_cast<std::uint32_t>(Stored::record_type));
  to.unsigned_varint(static_cast<std::uint32_t>(Stored::version_max));
  const auto written = protocol::encode(to, stored, api_version{Stored::version_max});
  TIDEMILL_ASSERT(written.has_value());
}

template <class Stored>
result<metadata_record> read_framed(bytes_view body, std::uint32_t version) {
  if (version > static_cast<std::uint32_t>(Stored::version_max)) {
    return make_error_code(errc::record_version_unknown);
  }
  auto stored = protocol::decode<Stored>(body, api_version{static_cast<std::int16_t>(version)});
  if (!stored) {
    return make_error_code(errc::record_invalid);
  }
  return from_stored(*stored);
}

}  // namespace

byte_buffer encode_record(const metadata_record& value) {
  protocol::writer to;
  std::visit([&](const auto& alternative) { write_framed(to, to_stored(alternative)); }, value);
  auto written = to.finish();
  TIDEMILL_ASSERT(written.has_value());
  return std::move(written->bytes);
}

result<metadata_record> decode_record(bytes_view value) {
  protocol::reader from(value);
  const auto type = from.unsigned_varint();
  const auto version = from.unsigned_varint();
  if (from.failed()) {
    return make_error_code(errc::record_invalid);
  }
  const auto body = from.rest();
  switch (type) {
    case protocol::metadata_cluster::record_type:
      return read_framed<protocol::metadata_cluster>(body, version);
    case protocol::metadata_broker::record_type:
      return read_framed<protocol::metadata_broker>(body, version);
    case protocol::metadata_remove_broker::record_type:
      return read_framed<protocol::metadata_remove_broker>(body, version);
    case protocol::metadata_topic::record_type:
      return read_framed<protocol::metadata_topic>(body, version);
    case protocol::metadata_partition::record_type:
      return read_framed<protocol::metadata_partition>(body, version);
    case protocol::metadata_partition_change::record_type:
      return read_framed<protocol::metadata_partition_change>(body, version);
    case protocol::metadata_remove_topic::record_type:
      return read_framed<protocol::metadata_remove_topic>(body, version);
    case protocol::metadata_topic_setting::record_type:
      return read_framed<protocol::metadata_topic_setting>(body, version);
    case protocol::metadata_feature_level::record_type:
      return read_framed<protocol::metadata_feature_level>(body, version);
    case protocol::metadata_producer_ids::record_type:
      return read_framed<protocol::metadata_producer_ids>(body, version);
    case protocol::metadata_rule::record_type:
      return read_framed<protocol::metadata_rule>(body, version);
    case protocol::metadata_client_quota::record_type:
      return read_framed<protocol::metadata_client_quota>(body, version);
    default:
      return make_error_code(errc::record_type_unknown);
  }
}

}  // namespace tidemill::metadata
