#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kafka/client.hpp"

namespace tidemill::cli {

/// What a broker tells of the cluster: brokers, topics, partitions.
struct cluster_view {
  struct broker {
    std::int32_t id = 0;
    std::string host;
    int port = 0;
  };
  struct partition {
    std::int32_t index = 0;
    std::int32_t leader = -1;
    std::vector<std::int32_t> replicas;
    std::vector<std::int32_t> in_sync;
  };
  struct topic {
    std::string name;
    std::vector<partition> partitions;
  };

  std::string cluster_id;
  std::int32_t controller = -1;
  std::vector<broker> brokers;
  /// By name; partitions by index.
  std::vector<topic> topics;
};

/// All topics.
[[nodiscard]] outcome<cluster_view> view_cluster(const client& brokers);
/// One topic; a problem when it does not exist. Makes no topic.
[[nodiscard]] outcome<cluster_view> view_topic(const client& brokers, const std::string& name);

/// "__consumer_offsets" and its like.
[[nodiscard]] bool is_internal(const std::string& topic);

}  // namespace tidemill::cli
