#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "metadata/image.hpp"

namespace tidemill::metadata {

// The records of the metadata log: what happened, in the order in which it happened. Each is stored
// as the value of a record:
//   unsigned varint  type (the number in schema/metadata/*.schema)
//   unsigned varint  version
//   body             the generated message of that type and version
// Fields are added as tagged fields, which older readers skip; what they must not skip needs a new
// version, and they then refuse the log (record_version_unknown).

/// The cluster has this id. First record of a cluster, once.
struct cluster_record {
  uuid cluster_id;
};
/// A broker registered; replaces an earlier registration. A new incarnation raises the leader
/// epochs of the partitions that the broker leads.
struct broker_record {
  broker_id id{0};
  /// nullopt: the index of the record itself. Set in snapshots.
  std::optional<broker_epoch> epoch;
  uuid incarnation;
  std::vector<endpoint> endpoints;
  std::optional<std::string> rack;
};
struct remove_broker_record {
  broker_id id{0};
  broker_epoch epoch{0};
};
/// A new topic, still without partitions.
struct topic_record {
  std::string name;
  topic_id id;
};
/// A new partition; they come in rising order without gaps.
struct partition_record {
  topic_id topic;
  partition_index index{0};
  partition state;
};
/// Replaces what is given; what is not stays. The partition epoch rises by one.
struct partition_change_record {
  topic_id topic;
  partition_index index{0};
  std::optional<std::vector<broker_id>> replicas;
  std::optional<std::vector<broker_id>> in_sync_replicas;
  /// Inner nullopt: nobody leads. A leader, even the same, raises the leader epoch by one.
  std::optional<std::optional<broker_id>> leader;
};
struct remove_topic_record {
  topic_id topic;
};
/// One setting of a topic, or (value nullopt) its removal.
struct topic_setting_record {
  topic_id topic;
  std::string name;
  std::optional<std::string> value;
};
/// Level 0 removes the feature.
struct feature_level_record {
  std::string name;
  std::int16_t level = 0;
};
/// Producer ids below `next` have been given away.
struct producer_ids_record {
  broker_id broker{0};
  broker_epoch epoch{0};
  producer_id next{0};
};

/// A rule was accepted in this form, which is in force from now on; or (source nullopt) it is gone,
/// with its history.
struct rule_record {
  std::string file;
  std::string sha256;
  std::optional<std::string> source;
  std::int64_t accepted_at_ms = 0;
};

/// One limit of an entity, or (value nullopt) its removal.
struct client_quota_record {
  quota_entity entity;
  std::string key;
  std::optional<double> value;
};

using metadata_record =
    std::variant<cluster_record, broker_record, remove_broker_record, topic_record,
                 partition_record, partition_change_record, remove_topic_record,
                 topic_setting_record, feature_level_record, producer_ids_record, rule_record,
                 client_quota_record>;

/// The value bytes of a record. Never fails: what can't be encoded is a programming error.
[[nodiscard]] byte_buffer encode_record(const metadata_record& value);
/// record_type_unknown, record_version_unknown, record_invalid.
[[nodiscard]] result<metadata_record> decode_record(bytes_view value);

}  // namespace tidemill::metadata
