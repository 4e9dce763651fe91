#include "log/partition_metadata.hpp"

#include "base/uuid.hpp"
#include "log/errc.hpp"

namespace tidemill::log {
namespace {

constexpr std::string_view head = "version: 0\ntopic_id: ";
constexpr std::uint64_t size_bytes_max = 4096;

std::string path_in(const std::string& directory) {
  return directory + '/' + partition_metadata_name;
}

}  // namespace

result<void> write_partition_metadata(io::disk& disk, const std::string& directory,
                                      const topic_id& topic) {
  const std::string text = std::string(head) + to_string(topic) + '\n';
  return io::replace_file_unsynced(disk, path_in(directory), as_bytes(text));
}

result<std::optional<topic_id>> read_partition_metadata(io::disk& disk,
                                                        const std::string& directory) {
  auto content = io::read_whole_file(disk, path_in(directory), size_bytes_max);
  if (!content) {
    if (io::is_missing(content.error())) {
      return std::optional<topic_id>();
    }
    return content.error();
  }
  std::string_view text = as_text(*content);
  if (!text.starts_with(head)) {
    return errc::partition_metadata_malformed;
  }
  text.remove_prefix(head.size());
  while (text.ends_with('\n') || text.ends_with('\r')) {
    text.remove_suffix(1);
  }
  const auto id = parse_uuid(text);
  if (!id) {
    return errc::partition_metadata_malformed;
  }
  return std::optional<topic_id>(*id);
}

}  // namespace tidemill::log
