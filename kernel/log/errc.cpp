#include "log/errc.hpp"

#include "base/error_category.hpp"

namespace tidemill::log {

std::string_view reason(errc error) noexcept {
  switch (error) {
    case errc::offset_out_of_range:
      return "the offset lies outside the log";
    case errc::offsets_not_ascending:
      return "the batch does not start at or after the end of the log";
    case errc::batch_too_large:
      return "the batch does not fit into a segment";
    case errc::batch_malformed:
      return "the bytes to append are not one whole batch";
    case errc::disk_full:
      return "no space is left for the log";
    case errc::write_failed:
      return "writing to the log failed";
    case errc::poisoned:
      return "the log takes no writes since an earlier write or sync failed";
    case errc::corrupt:
      return "the log is damaged below its recovery point";
    case errc::closed:
      return "the log is closed";
    case errc::directory_in_use:
      return "another process uses the data directory";
    case errc::meta_malformed:
      return "meta.toml does not hold cluster_id, node_id and directory_id as they were written";
    case errc::wrong_cluster:
      return "the data directory belongs to another cluster";
    case errc::wrong_node:
      return "the data directory belongs to another node";
    case errc::checkpoint_malformed:
      return "a checkpoint file is malformed";
    case errc::partition_metadata_malformed:
      return "partition.metadata is malformed; expected \"version: 0\" and \"topic_id: \" with the "
             "id of the topic";
    case errc::overtaken:
      return "the segments have changed meanwhile";
    case errc::too_many_keys:
      return "the keys of one batch do not fit into log.compaction_memory_bytes";
  }
  return "unknown error of the log";
}

const boost::system::error_category& log_category() noexcept {
  static const error_category<errc, reason> instance("tidemill.log");
  return instance;
}

boost::system::error_code make_error_code(errc error) noexcept {
  return {static_cast<int>(error), log_category()};
}

}  // namespace tidemill::log
