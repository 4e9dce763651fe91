#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "io/disk.hpp"
#include "io/random.hpp"
#include "log/data_directory.hpp"
#include "metadata/image.hpp"

namespace tidemill::server {

/// The quorum's own log; it stands among the others and belongs to no topic.
inline constexpr std::string_view metadata_log_name = "__cluster_metadata-0";

/// Whether the owner that a log directory names in its partition.metadata is compared with
/// metadata. It costs a small read for each log; only a crash makes the two differ.
enum class topic_id_check { skip, read };

/// A log directory that belongs to no partition of this broker.
struct stray_log {
  std::string name;
  /// Why, in a few words.
  std::string_view reason;
  /// Its new name, or why it could not be renamed.
  result<std::string> moved_to;
};

/// Renames every log directory that no partition of the image owns, so that a new topic may have
/// its name: what a crash between the deletion of a topic and that of its files leaves, or a
/// directory that somebody has put there. Nothing is deleted. Call it with the image that the start
/// has come to, before any log is opened. Blocks; any thread.
[[nodiscard]] std::vector<stray_log> set_strays_aside(io::disk& disk,
                                                      log::data_directory& directory,
                                                      const metadata::image& image, broker_id self,
                                                      topic_id_check check, io::random& random);

}  // namespace tidemill::server
