#pragma once

#include <memory>
#include <string>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "log/data_directory.hpp"
#include "log/log.hpp"
#include "log/recovery_report.hpp"
#include "partition/shard_context.hpp"

namespace tidemill::partition {

/// What opening a log needs; may go to the pool, so it refers to nothing of the shard but the
/// context that logs are made with.
struct opening_order {
  log::log_context context;
  derived_state::surroundings where;
  std::shared_ptr<const log::log_options> options;
  log::known_log known;
  topic_id topic;
  /// Makes what recovery found durable before anybody sees the log: where only synced records are
  /// visible, those that were acknowledged before a crash are then visible at once.
  bool sync = false;
};

/// Opens the log and what is derived from it. Blocks when the directory exists, else makes no call
/// to the disk. Errors: topic_id_mismatch, log::errc::corrupt, those of the disk.
[[nodiscard]] result<std::unique_ptr<open_state>> open_log(opening_order order,
                                                           log::recovery_report& report);

}  // namespace tidemill::partition
