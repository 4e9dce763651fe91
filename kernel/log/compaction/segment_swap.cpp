#include "log/compaction/segment_swap.hpp"

#include <vector>

#include "base/ids.hpp"
#include "log/batch_walk.hpp"
#include "log/errc.hpp"
#include "log/file_names.hpp"

namespace tidemill::log {
namespace {

result<void> remove_if_there(io::disk& disk, const std::string& path) {
  auto removed = disk.remove(path);
  return !removed && io::is_missing(removed.error()) ? result<void>{} : removed;
}

/// Where the segment ends, by its headers.
result<offset> end_of(io::disk& disk, const std::string& path, offset base) {
  TIDEMILL_TRY_ASSIGN(file, disk.open(path, io::open_mode::read_only));
  TIDEMILL_TRY_ASSIGN(size, file->size());
  header_walk walk(*file, 0, size, base);
  offset end = base;
  while (true) {
    TIDEMILL_TRY_ASSIGN(step, walk.next());
    if (step == walk_step::end) {
      break;
    }
    end = walk.header().next_offset();
  }
  return end > base ? result<offset>(end) : result<offset>(errc::corrupt);
}

result<void> complete(io::disk& disk, const std::string& directory, offset base,
                      const std::vector<offset>& segments) {
  const auto path_of = [&](offset of, std::string_view suffix) {
    return segment_file_path(directory, of, suffix);
  };
  const std::string swap = path_of(base, log_suffix) + std::string(swap_suffix);
  TIDEMILL_TRY_ASSIGN(end, end_of(disk, swap, base));
  for (const offset each : segments) {
    if (each >= base && each < end) {
      TIDEMILL_TRY(remove_if_there(disk, path_of(each, log_suffix)));
      TIDEMILL_TRY(remove_if_there(disk, path_of(each, transaction_index_suffix)));
    }
  }
  // Indexes that do not belong to what is there now are made anew.
  TIDEMILL_TRY(remove_if_there(disk, path_of(base, offset_index_suffix)));
  TIDEMILL_TRY(remove_if_there(disk, path_of(base, time_index_suffix)));
  TIDEMILL_TRY(remove_if_there(disk, path_of(base, transaction_index_suffix)));
  return disk.rename(swap, path_of(base, log_suffix));
}

}  // namespace

result<void> settle_swaps(io::disk& disk, const std::string& directory) {
  TIDEMILL_TRY_ASSIGN(entries, disk.list(directory));
  std::vector<offset> segments;
  std::vector<offset> swaps;
  for (const io::directory_entry& entry : entries) {
    if (const auto base = parse_segment_file_name(entry.name, log_suffix)) {
      segments.push_back(*base);
    } else if (entry.name.ends_with(swap_suffix)) {
      const auto front =
          std::string_view(entry.name).substr(0, entry.name.size() - swap_suffix.size());
      if (const auto of = parse_segment_file_name(front, log_suffix)) {
        swaps.push_back(*of);
      }
    }
  }
  for (const offset base : swaps) {
    const std::string path = segment_file_path(directory, base, log_suffix);
    if (disk.exists(path)) {
      TIDEMILL_TRY(disk.remove(path + std::string(swap_suffix)));  // all the old ones are there
    } else {
      TIDEMILL_TRY(complete(disk, directory, base, segments));
    }
  }
  return swaps.empty() ? result<void>{} : disk.sync_directory(directory);
}

}  // namespace tidemill::log
