#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "groups/core/state_records.hpp"

namespace tidemill::groups {

/// A record of the offsets topic in Kafka's own schemas, so that Kafka's tools can read it.
struct encoded_record {
  byte_buffer key;
  /// nullopt: a tombstone.
  std::optional<byte_buffer> value;
};

/// record_too_large when a field is longer than the schema can say.
[[nodiscard]] result<encoded_record> encode_record(const state_record& record);

/// nullopt for a kind of record that is not known here (and not needed). record_malformed.
[[nodiscard]] result<std::optional<state_record>> decode_record(std::optional<bytes_view> key,
                                                                std::optional<bytes_view> value);

/// The topics in a classic consumer's subscription; nullopt when the bytes are none.
[[nodiscard]] std::optional<std::vector<std::string>> subscribed_topics(bytes_view metadata);

}  // namespace tidemill::groups
