#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "extension/problem.hpp"
#include "io/disk.hpp"
#include "tidemill/plugin.h"

namespace tidemill::extension {

/// The file of a plugin or of a rule as it was read, and the SHA-256 of its bytes in hexadecimal.
struct plugin_file {
  std::string path;
  byte_buffer bytes;
  std::string sha256;
};

/// No plugin is larger.
inline constexpr std::size_t plugin_size_bytes_max = std::size_t{256} << 20;
/// No directory is looked through beyond so many of them.
inline constexpr std::size_t files_per_directory_max = 256;

/// The paths of all files in a directory whose names end in `suffix`, ordered. Refuses a directory
/// that others may write to, or that belongs to neither root nor the user of this process. No such
/// directory: none of them, or refused where it must be there.
[[nodiscard]] outcome<std::vector<std::string>> list_trusted(io::disk& disk,
                                                             const std::string& directory,
                                                             std::string_view suffix,
                                                             bool must_be_there = true);

/// Reads a file; refused as a directory is, and when it is no regular file or larger than asked.
/// What was judged is what was read: both go by the same descriptor. Blocks.
[[nodiscard]] outcome<plugin_file> read_trusted(io::disk& disk, const std::string& path,
                                                std::size_t size_bytes_max);

struct plugin_identity {
  std::string name;
  std::string version;
};
/// What the file says of itself, read without running any of its code, when it keeps every rule
/// that can be told from outside. Any thread.
[[nodiscard]] outcome<plugin_identity> inspect_plugin(const plugin_file& file);

/// Where the process keeps the copies that it loads, each named by its content, so that replacing a
/// plugin's file never touches what is mapped, and two versions of it lie side by side. One thread.
class plugin_copies {
 public:
  /// Borrows the disk. `directory` belongs to this process alone.
  plugin_copies(io::disk& disk, std::string directory);

  /// Removes the copies of an earlier run; before the first put(). Blocks.
  [[nodiscard]] outcome<void> clear();
  /// Writes a copy and tells its path. Blocks.
  [[nodiscard]] outcome<std::string> put(const plugin_file& from);
  /// Removes the copy, which may not be there. Blocks.
  void drop(const plugin_file& from) noexcept;

 private:
  [[nodiscard]] std::string path_of(const plugin_file& from) const;

  io::disk& disk_;
  std::string directory_;
};

/// Maps the file into the process, where it stays, and returns what its symbol tidemill_plugin_v1
/// points to. Runs the static constructors of the file. From then on a crash in its code is told
/// with `who`, whatever thread it strikes. Blocks.
[[nodiscard]] outcome<const tidemill_plugin*> map_plugin(const std::string& path,
                                                         const plugin_identity& who);

}  // namespace tidemill::extension
