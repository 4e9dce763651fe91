#include "groups/record_codec.hpp"

#include <algorithm>
#include <utility>

#include "groups/codec_helpers.hpp"
#include "groups/consumer_codec.hpp"
#include "groups/core/errc.hpp"
#include "protocol/embedded/consumer_protocol.hpp"
#include "protocol/message.hpp"
#include "protocol/records/group_metadata.hpp"
#include "protocol/records/offset_commit.hpp"

namespace tidemill::groups {
namespace {

// The first two bytes of a key say what it is; those of a value, in which version it is written.
constexpr std::int16_t legacy_offset_kind = 0;
constexpr std::int16_t offset_kind = 1;
constexpr std::int16_t group_kind = 2;

constexpr std::int16_t offset_value_version = 3;
constexpr std::int16_t offset_value_with_topic_id = 4;
constexpr std::int16_t offset_value_with_expiry = 1;
constexpr std::int16_t group_value_version = 3;

}  // namespace

static result<encoded_record> encode(const offset_record& record) {
  protocol::offset_commit_key key;
  key.group = record.group;
  key.topic = record.topic;
  key.partition = partition_index{record.partition};
  encoded_record encoded;
  TIDEMILL_TRY_ASSIGN(key_bytes, encode_key(offset_kind, key));
  encoded.key = std::move(key_bytes);
  if (!record.value) {
    return encoded;
  }
  const stored_offset& stored = *record.value;
  protocol::offset_commit_value value;
  value.offset = offset{stored.offset};
  value.leader_epoch = leader_epoch{stored.leader_epoch};
  value.metadata = stored.metadata;
  value.commit_timestamp = stored.commit_time_ms;
  value.expire_timestamp = stored.expire_time_ms.value_or(-1);
  value.topic_id = stored.topic;
  std::int16_t version = offset_value_version;
  if (stored.expire_time_ms) {
    version = offset_value_with_expiry;
  } else if (!stored.topic.is_zero()) {
    version = offset_value_with_topic_id;
  }
  TIDEMILL_TRY_ASSIGN(value_bytes, encode_value(version, value));
  encoded.value = std::move(value_bytes);
  return encoded;
}

static result<encoded_record> encode(const group_record& record) {
  protocol::group_metadata_key key;
  key.group = record.group;
  encoded_record encoded;
  TIDEMILL_TRY_ASSIGN(key_bytes, encode_key(group_kind, key));
  encoded.key = std::move(key_bytes);
  if (!record.value) {
    return encoded;
  }
  const stored_group& stored = *record.value;
  protocol::group_metadata_value value;
  value.protocol_type = stored.protocol_type;
  value.generation = stored.generation;
  value.protocol = stored.protocol;
  value.leader = stored.leader;
  value.current_state_timestamp = stored.state_time_ms;
  for (const stored_member& member : stored.members) {
    auto& row = value.members.emplace_back();
    row.member_id = member.id;
    row.group_instance_id = member.instance;
    row.client_id = member.client_id;
    row.client_host = member.client_host;
    row.rebalance_timeout = member.rebalance_timeout_ms;
    row.session_timeout = member.session_timeout_ms;
    row.subscription = view_of(member.metadata);
    row.assignment = view_of(member.assignment);
  }
  TIDEMILL_TRY_ASSIGN(value_bytes, encode_value(group_value_version, value));
  encoded.value = std::move(value_bytes);
  return encoded;
}

namespace {

result<std::optional<stored_offset>> decode_offset(std::optional<bytes_view> value) {
  if (!value) {
    return std::optional<stored_offset>();
  }
  TIDEMILL_TRY_ASSIGN(read, decode_value<protocol::offset_commit_value>(*value));
  stored_offset stored;
  stored.offset = read.offset.value();
  stored.leader_epoch = read.leader_epoch.value();
  stored.metadata = read.metadata;
  stored.commit_time_ms = read.commit_timestamp;
  if (read.expire_timestamp >= 0) {
    stored.expire_time_ms = read.expire_timestamp;
  }
  stored.topic = read.topic_id;
  return std::optional(std::move(stored));
}

result<std::optional<stored_group>> decode_group(std::optional<bytes_view> value) {
  if (!value) {
    return std::optional<stored_group>();
  }
  TIDEMILL_TRY_ASSIGN(read, decode_value<protocol::group_metadata_value>(*value));
  stored_group stored;
  stored.protocol_type = read.protocol_type;
  stored.generation = read.generation;
  stored.protocol = owned(read.protocol);
  stored.leader = owned(read.leader);
  stored.state_time_ms = read.current_state_timestamp;
  for (const auto& row : read.members) {
    stored_member& member = stored.members.emplace_back();
    member.id = row.member_id;
    member.instance = owned(row.group_instance_id);
    member.client_id = row.client_id;
    member.client_host = row.client_host;
    member.rebalance_timeout_ms = row.rebalance_timeout;
    member.session_timeout_ms = row.session_timeout;
    member.metadata = share(row.subscription);
    member.assignment = share(row.assignment);
  }
  return std::optional(std::move(stored));
}

/// The two schemas of the key have the same fields.
result<std::optional<state_record>> decode_offset_record(protocol::reader& from,
                                                         std::optional<bytes_view> value) {
  TIDEMILL_TRY_ASSIGN(key, protocol::decode<protocol::offset_commit_key>(from, api_version{0}));
  TIDEMILL_TRY_ASSIGN(stored, decode_offset(value));
  return std::optional<state_record>(offset_record{std::string(key.group), std::string(key.topic),
                                                   key.partition.value(), std::move(stored)});
}

}  // namespace

result<encoded_record> encode_record(const state_record& record) {
  return std::visit([](const auto& each) { return encode(each); }, record);
}

result<std::optional<state_record>> decode_record(std::optional<bytes_view> key,
                                                  std::optional<bytes_view> value) {
  if (!key) {
    return make_error_code(errc::record_malformed);
  }
  protocol::reader from(*key);
  const auto kind = from.integer<std::int16_t>();
  switch (kind) {
    case legacy_offset_kind:
    case offset_kind:
      return decode_offset_record(from, value);
    case group_kind: {
      TIDEMILL_TRY_ASSIGN(read,
                          protocol::decode<protocol::group_metadata_key>(from, api_version{0}));
      TIDEMILL_TRY_ASSIGN(stored, decode_group(value));
      return std::optional<state_record>(group_record{std::string(read.group), std::move(stored)});
    }
    default:
      return decode_consumer_record(kind, from, value);
  }
}

std::optional<std::vector<std::string>> subscribed_topics(bytes_view metadata) {
  protocol::reader from(metadata);
  const auto version = from.integer<std::int16_t>();
  if (from.failed() || version < 0) {
    return std::nullopt;
  }
  // Newer versions only add fields behind.
  using subscription = protocol::consumer_protocol_subscription;
  const auto read = protocol::decode<subscription>(
      from, api_version{std::min(version, subscription::version_max)});
  if (!read) {
    return std::nullopt;
  }
  return std::vector<std::string>(read->topics.begin(), read->topics.end());
}

}  // namespace tidemill::groups
