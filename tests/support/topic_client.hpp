#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/error.hpp"
#include "tests/support/wire_client.hpp"

namespace tidemill::testing {

/// What came back for one produced batch.
struct produced {
  protocol::wire_error error{};
  std::int64_t base_offset = -1;
};

struct idempotent_producer {
  std::int64_t id = -1;
  std::int16_t epoch = -1;
  std::int32_t sequence = -1;
};

void create_topic(wire_client& client, const std::string& name, std::int32_t partitions,
                  const std::vector<std::pair<std::string, std::string>>& configs = {});

/// A batch of uncompressed records.
std::vector<std::byte> make_batch(const std::vector<std::string>& values,
                                  const idempotent_producer& producer = {});

/// Sends one batch and returns what the broker said.
produced produce(wire_client& client, const std::string& topic, std::int32_t partition,
                 bytes_view batch, std::int16_t acks = -1);

/// Every value of a partition from `from` to its high watermark, in order of offset; fails when
/// offsets are not dense.
std::vector<std::string> read_all(wire_client& client, const std::string& topic,
                                  std::int32_t partition, std::int64_t from = 0);

}  // namespace tidemill::testing
