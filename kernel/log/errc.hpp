#pragma once

#include <boost/system/error_code.hpp>
#include <string_view>
#include <type_traits>

namespace tidemill::log {

/// Why the log did not do what was asked. Operating-system errors met while opening or listing
/// travel in the system category instead.
enum class errc {
  offset_out_of_range = 1,  ///< below the log start or above the log end: OFFSET_OUT_OF_RANGE
  offsets_not_ascending,    ///< a replicated batch starts below the log end: programming or peer
  batch_too_large,          ///< does not fit into any segment file: MESSAGE_TOO_LARGE
  batch_malformed,          ///< bytes handed to append are no whole batch: CORRUPT_MESSAGE
  disk_full,                ///< nothing was appended; try again later: KAFKA_STORAGE_ERROR
  write_failed,             ///< nothing was appended, and the log is poisoned: KAFKA_STORAGE_ERROR
  poisoned,                 ///< an earlier write or sync failed; reads go on, writes need recovery
                            ///< (close and open again): KAFKA_STORAGE_ERROR
  corrupt,           ///< data below the recovery point is damaged; neither read nor written until
                     ///< somebody has looked at it: KAFKA_STORAGE_ERROR
  closed,            ///< after close()
  directory_in_use,  ///< another process holds the lock of the data directory
  meta_malformed,    ///< meta.toml does not say what it should
  wrong_cluster,     ///< meta.toml names another cluster
  wrong_node,        ///< meta.toml names another node
  checkpoint_malformed,          ///< a checkpoint file does not parse
  partition_metadata_malformed,  ///< partition.metadata does not parse
  overtaken,     ///< the segments to be replaced are not there any more as they were
  too_many_keys  ///< the keys of one batch do not fit into the memory for compaction
};

/// A short sentence without a full stop.
[[nodiscard]] std::string_view reason(errc error) noexcept;

[[nodiscard]] const boost::system::error_category& log_category() noexcept;
[[nodiscard]] boost::system::error_code make_error_code(errc error) noexcept;

}  // namespace tidemill::log

template <>
struct boost::system::is_error_code_enum<tidemill::log::errc> : std::true_type {};
