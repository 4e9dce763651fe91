#include "groups/consumer_codec.hpp"

#include "groups/codec_helpers.hpp"
#include "protocol/records/consumer_group_current_member_assignment.hpp"
#include "protocol/records/consumer_group_member_metadata.hpp"
#include "protocol/records/consumer_group_metadata.hpp"
#include "protocol/records/consumer_group_target_assignment_member.hpp"
#include "protocol/records/consumer_group_target_assignment_metadata.hpp"

namespace tidemill::groups {
namespace {

constexpr std::int16_t epoch_kind = 3;
constexpr std::int16_t member_kind = 5;
constexpr std::int16_t target_epoch_kind = 6;
constexpr std::int16_t target_kind = 7;
constexpr std::int16_t current_kind = 8;

template <class Row>
std::vector<Row> rows_of(const partition_set& all) {
  std::vector<Row> rows;
  for (const auto& [topic, partitions] : all) {
    Row& row = rows.emplace_back();
    row.topic_id = topic;
    for (const std::int32_t each : partitions) {
      row.partitions.emplace_back(each);
    }
  }
  return rows;
}

template <class Row>
partition_set set_of(const std::vector<Row>& rows) {
  partition_set all;
  for (const Row& row : rows) {
    for (const auto each : row.partitions) {
      all[row.topic_id].insert(each.value());
    }
  }
  return all;
}

template <protocol::message Key, protocol::message Value>
result<encoded_record> encode_both(std::int16_t kind, const Key& key,
                                   const std::optional<Value>& value) {
  encoded_record encoded;
  TIDEMILL_TRY_ASSIGN(key_bytes, encode_key(kind, key));
  encoded.key = std::move(key_bytes);
  if (value) {
    TIDEMILL_TRY_ASSIGN(value_bytes, encode_value(0, *value));
    encoded.value = std::move(value_bytes);
  }
  return encoded;
}

template <protocol::message Message>
result<std::optional<Message>> decode_optional(std::optional<bytes_view> value) {
  if (!value) {
    return std::optional<Message>();
  }
  TIDEMILL_TRY_ASSIGN(read, decode_value<Message>(*value));
  return std::optional<Message>(std::move(read));
}

template <protocol::message Key>
result<Key> decode_key(protocol::reader& from) {
  return protocol::decode<Key>(from, api_version{0});
}

using decoded_record = result<std::optional<state_record>>;

decoded_record decode_epoch(protocol::reader& from, std::optional<bytes_view> bytes) {
  TIDEMILL_TRY_ASSIGN(key, decode_key<protocol::consumer_group_metadata_key>(from));
  TIDEMILL_TRY_ASSIGN(value, decode_optional<protocol::consumer_group_metadata_value>(bytes));
  consumer_epoch_record record{std::string(key.group_id), std::nullopt};
  if (value) {
    record.value = {value->epoch, value->metadata_hash};
  }
  return std::optional<state_record>(std::move(record));
}

decoded_record decode_member(protocol::reader& from, std::optional<bytes_view> bytes) {
  TIDEMILL_TRY_ASSIGN(key, decode_key<protocol::consumer_group_member_metadata_key>(from));
  TIDEMILL_TRY_ASSIGN(value,
                      decode_optional<protocol::consumer_group_member_metadata_value>(bytes));
  consumer_member_record record{std::string(key.group_id), std::string(key.member_id),
                                std::nullopt};
  if (value) {
    auto& kept = record.value.emplace(consumer_member_record::contents{});
    kept.instance = owned(value->instance_id);
    kept.rack = owned(value->rack_id);
    kept.client_id = value->client_id;
    kept.client_host = value->client_host;
    kept.topics.assign(value->subscribed_topic_names.begin(), value->subscribed_topic_names.end());
    kept.expression = owned(value->subscribed_topic_regex);
    kept.rebalance_timeout_ms = value->rebalance_timeout_ms;
    kept.assignor = owned(value->server_assignor);
  }
  return std::optional<state_record>(std::move(record));
}

decoded_record decode_target_epoch(protocol::reader& from, std::optional<bytes_view> bytes) {
  TIDEMILL_TRY_ASSIGN(key,
                      decode_key<protocol::consumer_group_target_assignment_metadata_key>(from));
  TIDEMILL_TRY_ASSIGN(
      value, decode_optional<protocol::consumer_group_target_assignment_metadata_value>(bytes));
  consumer_target_epoch_record record{std::string(key.group_id), std::nullopt};
  if (value) {
    record.epoch = value->assignment_epoch;
  }
  return std::optional<state_record>(std::move(record));
}

decoded_record decode_target(protocol::reader& from, std::optional<bytes_view> bytes) {
  TIDEMILL_TRY_ASSIGN(key, decode_key<protocol::consumer_group_target_assignment_member_key>(from));
  TIDEMILL_TRY_ASSIGN(
      value, decode_optional<protocol::consumer_group_target_assignment_member_value>(bytes));
  consumer_target_record record{std::string(key.group_id), std::string(key.member_id),
                                std::nullopt};
  if (value) {
    record.value = set_of(value->topic_partitions);
  }
  return std::optional<state_record>(std::move(record));
}

decoded_record decode_current(protocol::reader& from, std::optional<bytes_view> bytes) {
  TIDEMILL_TRY_ASSIGN(key,
                      decode_key<protocol::consumer_group_current_member_assignment_key>(from));
  TIDEMILL_TRY_ASSIGN(
      value, decode_optional<protocol::consumer_group_current_member_assignment_value>(bytes));
  consumer_current_record record{std::string(key.group_id), std::string(key.member_id),
                                 std::nullopt};
  if (value) {
    record.value = {value->member_epoch, value->previous_member_epoch, value->state,
                    set_of(value->assigned_partitions),
                    set_of(value->partitions_pending_revocation)};
  }
  return std::optional<state_record>(std::move(record));
}

}  // namespace

result<encoded_record> encode(const consumer_epoch_record& record) {
  protocol::consumer_group_metadata_key key;
  key.group_id = record.group;
  std::optional<protocol::consumer_group_metadata_value> value;
  if (record.value) {
    value.emplace();
    value->epoch = record.value->epoch;
    value->metadata_hash = record.value->metadata_hash;
  }
  return encode_both(epoch_kind, key, value);
}

result<encoded_record> encode(const consumer_member_record& record) {
  protocol::consumer_group_member_metadata_key key;
  key.group_id = record.group;
  key.member_id = record.member;
  std::optional<protocol::consumer_group_member_metadata_value> value;
  if (record.value) {
    value.emplace();
    value->instance_id = record.value->instance;
    value->rack_id = record.value->rack;
    value->client_id = record.value->client_id;
    value->client_host = record.value->client_host;
    value->subscribed_topic_names.assign(record.value->topics.begin(), record.value->topics.end());
    value->subscribed_topic_regex = record.value->expression;
    value->rebalance_timeout_ms = record.value->rebalance_timeout_ms;
    value->server_assignor = record.value->assignor;
  }
  return encode_both(member_kind, key, value);
}

result<encoded_record> encode(const consumer_target_epoch_record& record) {
  protocol::consumer_group_target_assignment_metadata_key key;
  key.group_id = record.group;
  std::optional<protocol::consumer_group_target_assignment_metadata_value> value;
  if (record.epoch) {
    value.emplace().assignment_epoch = *record.epoch;
  }
  return encode_both(target_epoch_kind, key, value);
}

result<encoded_record> encode(const consumer_target_record& record) {
  protocol::consumer_group_target_assignment_member_key key;
  key.group_id = record.group;
  key.member_id = record.member;
  using contents = protocol::consumer_group_target_assignment_member_value;
  std::optional<contents> value;
  if (record.value) {
    value.emplace();
    using row = decltype(value->topic_partitions)::value_type;
    value->topic_partitions = rows_of<row>(*record.value);
  }
  return encode_both(target_kind, key, value);
}

result<encoded_record> encode(const consumer_current_record& record) {
  protocol::consumer_group_current_member_assignment_key key;
  key.group_id = record.group;
  key.member_id = record.member;
  std::optional<protocol::consumer_group_current_member_assignment_value> value;
  if (record.value) {
    value.emplace();
    using row = decltype(value->assigned_partitions)::value_type;
    value->member_epoch = record.value->epoch;
    value->previous_member_epoch = record.value->previous_epoch;
    value->state = record.value->state;
    value->assigned_partitions = rows_of<row>(record.value->assigned);
    value->partitions_pending_revocation = rows_of<row>(record.value->to_revoke);
  }
  return encode_both(current_kind, key, value);
}

decoded_record decode_consumer_record(std::int16_t kind, protocol::reader& key,
                                      std::optional<bytes_view> value) {
  switch (kind) {
    case epoch_kind:
      return decode_epoch(key, value);
    case member_kind:
      return decode_member(key, value);
    case target_epoch_kind:
      return decode_target_epoch(key, value);
    case target_kind:
      return decode_target(key, value);
    case current_kind:
      return decode_current(key, value);
    default:
      return std::optional<state_record>();
  }
}

}  // namespace tidemill::groups
