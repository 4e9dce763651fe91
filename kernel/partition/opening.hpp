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
  /// Told when the loss of a part of the log was accepted. Any thread.
  log::data_directory& directory;
  std::string name;
  /// Makes what recovery found durable before anybody sees the log: where only synced records are
  /// visible, those that were acknowledged before a crash are then visible at once.
  bool sync = false;
};

/// Opens the log and what is derived from it. Blocks when the directory exists, else makes no call
/// to the disk. A log that was closed cleanly is compared with its files first. What is damaged or
/// missing is refused (log::errc::corrupt, report.damage says what), unless somebody has accepted
/// the loss by the file log::accept_loss_name: then the log goes on behind it, no offset is given
/// twice, and `accepted` of the state says what was given up. Errors: topic_id_mismatch,
/// log::errc::corrupt, those of the disk.
[[nodiscard]] result<std::unique_ptr<open_state>> open_log(opening_order order,
                                                           log::recovery_report& report);

}  // namespace tidemill::partition
