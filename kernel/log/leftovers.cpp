#include "log/leftovers.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "log/file_names.hpp"

namespace tidemill::log {
namespace {

std::optional<offset> base_of(std::string_view name) noexcept {
  for (const auto suffix :
       {log_suffix, offset_index_suffix, time_index_suffix, transaction_index_suffix}) {
    if (const auto base = parse_segment_file_name(name, suffix)) {
      return base;
    }
  }
  return std::nullopt;
}

}  // namespace

result<void> remove_leftovers(io::disk& disk, const std::string& directory, offset first) {
  TIDEMILL_TRY_ASSIGN(entries, disk.list(directory));
  std::vector<std::pair<offset, std::string>> old;
  bool has_removed = false;
  for (const io::directory_entry& entry : entries) {
    const std::string path = directory + '/' + entry.name;
    if (entry.is_directory) {
      continue;
    }
    if (is_leftover(entry.name)) {
      TIDEMILL_TRY(disk.remove(path));
      has_removed = true;
    } else if (const auto base = base_of(entry.name); base && *base < first) {
      old.emplace_back(*base, path);
    }
  }
  std::ranges::sort(old);
  for (const auto& [base, path] : old) {
    TIDEMILL_TRY(disk.remove(path));
  }
  return has_removed || !old.empty() ? disk.sync_directory(directory) : result<void>{};
}

}  // namespace tidemill::log
