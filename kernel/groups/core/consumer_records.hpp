#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "groups/core/assignment.hpp"

namespace tidemill::groups {

// What the log keeps of a group of the new protocol (KIP-848). nullopt deletes.

struct consumer_epoch_record {
  std::string group;
  struct contents {
    std::int32_t epoch = 0;
    /// Of the topics that the group subscribes to.
    std::int64_t metadata_hash = 0;
  };
  std::optional<contents> value;
};

struct consumer_member_record {
  std::string group;
  std::string member;
  struct contents {
    std::optional<std::string> instance;
    std::optional<std::string> rack;
    std::string client_id;
    std::string client_host;
    std::vector<std::string> topics;
    std::optional<std::string> expression;
    std::int32_t rebalance_timeout_ms = -1;
    std::optional<std::string> assignor;

    friend bool operator==(const contents&, const contents&) = default;
  };
  std::optional<contents> value;
};

struct consumer_target_epoch_record {
  std::string group;
  std::optional<std::int32_t> epoch;
};

struct consumer_target_record {
  std::string group;
  std::string member;
  std::optional<partition_set> value;
};

struct consumer_current_record {
  std::string group;
  std::string member;
  struct contents {
    std::int32_t epoch = 0;
    std::int32_t previous_epoch = -1;
    /// As stored: 0 stable, 1 has to revoke, 2 waits for what others have not released.
    std::int8_t state = 0;
    partition_set assigned;
    partition_set to_revoke;

    friend bool operator==(const contents&, const contents&) = default;
  };
  std::optional<contents> value;
};

}  // namespace tidemill::groups
