#pragma once

#include <string>
#include <vector>

#include "kafka/offsets.hpp"

namespace tidemill::cli {

/// A group as its coordinator tells of it.
struct group_view {
  struct member {
    std::string id;
    std::string client_id;
    std::string host;
    std::vector<topic_partition> partitions;
  };
  std::string id;
  /// "classic", or "consumer" for the protocol of KIP-848.
  std::string protocol;
  std::string state;
  std::string assignor;
  std::int32_t coordinator = -1;
  std::vector<member> members;
};

namespace wire {

/// A group of the new protocol, from its coordinator: ConsumerGroupDescribe, version 0 (KIP-848).
[[nodiscard]] outcome<group_view> describe_consumer_group(const connection& how,
                                                          const endpoint& coordinator,
                                                          const std::string& group);

}  // namespace wire
}  // namespace tidemill::cli
