#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>

#include "log/compaction/compaction_plan.hpp"
#include "log/options.hpp"
#include "log/retention_policy.hpp"
#include "record/batch_header.hpp"
#include "record/recompression.hpp"
#include "record/validate.hpp"

namespace tidemill::partition {

class partitioner_check;
class record_gate;
class retention_extension;

/// What a topic's settings mean for its partitions; filled by whoever sees metadata. One object for
/// all partitions of a topic (or of many with equal settings), immutable once shared. The names of
/// the settings stand beside. Members that are borrowed outlive every partition that has them.
struct topic_policy {
  /// Tells this policy from every other that the process has made; what extensions keep for a topic
  /// lasts as long as it.
  std::uint64_t epoch = 0;

  /// segment.*, index.interval.bytes, flush.ms; never nullptr.
  std::shared_ptr<const log::log_options> log = std::make_shared<const log::log_options>();

  /// cleanup.policy contains "delete"
  bool delete_expired = true;
  /// retention.ms, retention.bytes
  log::time_and_size_retention::limits retention;
  /// tidemill.retention: decides instead of the two above. Borrowed; nullptr when none is named.
  partition::retention_extension* retention_extension = nullptr;
  /// delete.retention.ms, for retention extensions.
  std::chrono::milliseconds delete_retention{0};

  /// min.insync.replicas
  std::int32_t in_sync_replicas_min = 1;
  /// durability "fsync", or flush.messages=1: acknowledged and visible only when synced.
  bool sync_before_commit = false;

  /// How deep a produced batch is looked at.
  record::validation_depth depth = record::validation_depth::full;
  /// compression.type; nullopt: batches are stored as they were sent.
  std::optional<record::wanted_compression> compression;
  /// max.message.bytes
  std::size_t batch_size_bytes_max = 1'048'588;
  /// message.timestamp.type, message.timestamp.before.max.ms, message.timestamp.after.max.ms
  record::timestamp_type timestamp_type = record::timestamp_type::create_time;
  std::int64_t timestamp_before_max_ms = std::numeric_limits<std::int64_t>::max();
  std::int64_t timestamp_after_max_ms = std::numeric_limits<std::int64_t>::max();
  /// cleanup.policy contains "compact": then records without a key are refused.
  bool compacts = false;
  log::compaction_policy compaction;

  /// tidemill.partitioner, tidemill.validate. Borrowed; nullptr when none is named.
  partitioner_check* partitioner = nullptr;
  record_gate* gate = nullptr;
};

}  // namespace tidemill::partition
