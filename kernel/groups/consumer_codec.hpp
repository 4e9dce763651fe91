#pragma once

#include "base/result.hpp"
#include "groups/core/consumer_records.hpp"
#include "groups/record_codec.hpp"
#include "protocol/reader.hpp"

namespace tidemill::groups {

// The records of groups of the new protocol; see encode_record() and decode_record().

[[nodiscard]] result<encoded_record> encode(const consumer_epoch_record& record);
[[nodiscard]] result<encoded_record> encode(const consumer_member_record& record);
[[nodiscard]] result<encoded_record> encode(const consumer_target_epoch_record& record);
[[nodiscard]] result<encoded_record> encode(const consumer_target_record& record);
[[nodiscard]] result<encoded_record> encode(const consumer_current_record& record);

/// `key` stands behind its kind.
[[nodiscard]] result<std::optional<state_record>> decode_consumer_record(
    std::int16_t kind, protocol::reader& key, std::optional<bytes_view> value);

}  // namespace tidemill::groups
