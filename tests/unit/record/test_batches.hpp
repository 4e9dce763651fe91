#pragma once
// What the tests of the record room share: hexadecimal text, and Kafka's own batches as test data.

#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace tidemill::record::testing {

[[nodiscard]] byte_buffer from_hex(std::string_view text);

/// A line of tests/data/record-batches.jsonl: bytes written by Kafka, and what Kafka reads in them.
struct kafka_case {
  std::string name;
  std::string kind;
  boost::json::object json;
  byte_buffer bytes;
};
[[nodiscard]] const std::vector<kafka_case>& kafka_cases();
[[nodiscard]] const kafka_case& kafka_case_named(std::string_view name);

/// Three records with keys, values and headers, null and not.
[[nodiscard]] byte_buffer small_batch();

/// Writes a fitting checksum, after a test has changed something.
void seal(byte_buffer& batch);

}  // namespace tidemill::record::testing
