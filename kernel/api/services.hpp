#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "api/authorizer.hpp"
#include "base/ids.hpp"
#include "metadata/topic_settings.hpp"

namespace tidemill::io {
class disk;
class event_loop;
}  // namespace tidemill::io
namespace tidemill::partition {
class host;
}
namespace tidemill::metadata {
class controller;
}
namespace tidemill::groups {
class host;
}
namespace tidemill::quota {
class quota_book;
}

namespace tidemill::api {

/// One shard as the others see it. The loop may be posted to from any thread, the hosts are touched
/// on that loop only.
struct shard_services {
  io::event_loop* loop = nullptr;
  partition::host* partitions = nullptr;
  groups::host* groups = nullptr;
};

/// What the server's configuration says to this room. Never changes while the broker runs.
struct broker_options {
  broker_id id{0};
  /// auto.create.topics.enable
  bool auto_create_topics = true;
  /// num.partitions: of a topic whose maker does not say.
  std::int32_t default_partition_count = 1;
  /// fetch.max.bytes: no fetch answers more than this, unless one batch alone is larger.
  std::size_t fetch_size_bytes_max = std::size_t{55} << 20;
  /// What the fetches of one shard may hold while they wait for data.
  std::size_t waiting_fetch_bytes_max = std::size_t{64} << 20;
  /// As DescribeLogDirs shows it.
  std::string data_directory;
  /// [topic_defaults] under their canonical names, ordered by name.
  std::vector<metadata::setting> topic_defaults;
  /// offsets.topic.num.partitions, offsets.topic.segment.bytes: of the offsets topic, when it is
  /// made.
  std::int32_t offsets_topic_partitions = 50;
  std::int64_t offsets_topic_segment_bytes = std::int64_t{100} << 20;
  /// What DescribeConfigs shows of the broker, ordered by name.
  std::vector<metadata::broker_setting> broker_settings;
};

/// What a request_dispatch is made of; everything pointed to is borrowed and outlives it.
struct dispatch_dependencies {
  /// The shard it runs on, and all shards in order. `shards[here]` is its own.
  shard_index here{0};
  std::span<const shard_services> shards;
  /// Called on the loop of shard 0 only.
  metadata::controller* controller = nullptr;
  const broker_options* broker = nullptr;
  /// nullptr: everything is allowed (see may()).
  const authorizer* rules = nullptr;
  /// nullptr: nobody has quotas. Shared by all shards.
  quota::quota_book* quotas = nullptr;
  /// For the space in the data directory; nullptr: it is not told.
  io::disk* disk = nullptr;
};

}  // namespace tidemill::api
