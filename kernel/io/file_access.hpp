#pragma once

#include <string>

#include "base/result.hpp"

namespace tidemill::io {

/// Who can change a file or directory, as far as its owner and mode tell.
struct file_access {
  bool is_directory = false;
  bool is_regular_file = false;
  /// The user who runs this process, or root.
  bool is_owned_by_self_or_root = false;
  /// By everybody, or by a group other than that of this process. (Debian gives each user a group
  /// of his own, and builds under it leave files that this group may write.)
  bool is_writable_by_others = false;
};

/// Of an open descriptor, so that what was checked is what is read. Errors of the system.
[[nodiscard]] result<file_access> access_of(int descriptor);
/// Of a path, links followed.
[[nodiscard]] result<file_access> access_of(const std::string& path);

}  // namespace tidemill::io
