#pragma once

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"

namespace tidemill::protocol {

/// One line of tests/data/kafka-messages/messages.jsonl.gz.
struct vector_case {
  std::string codec;  ///< "ProduceRequest"
  std::string label;  ///< "ProduceRequest v9 filled", for messages of the test
  api_version version;
  std::string kind;  ///< "filled", "nulls", "unknown-tags", ...
  boost::json::value json;
  byte_buffer bytes;
};

/// All vectors; empty when the file cannot be read. Read once.
const std::vector<vector_case>& all_vectors();

}  // namespace tidemill::protocol
