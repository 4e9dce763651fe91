#include "extension/plugin_file.hpp"

#include <algorithm>
#include <array>

#include "base/content_hash.hpp"
#include "base/escape.hpp"
#include "io/file_access.hpp"

namespace tidemill::extension {
namespace {

constexpr std::size_t path_length_max = 1024;

std::string shown(std::string_view path) {
  return escape(path, path_length_max);
}

/// Whoever can write a plugin runs his code in the broker; whoever can write a rule decides what it
/// takes in.
outcome<void> check_access(const io::file_access& access, const std::string& path) {
  if (!access.is_owned_by_self_or_root) {
    return problem{shown(path) +
                   " belongs to another user, expected the user who runs the broker, or root"};
  }
  if (access.is_writable_by_others) {
    return problem{shown(path) +
                   " may be written by others, expected the owner alone; `chmod "
                   "go-w` mends it"};
  }
  return {};
}

problem system_problem(const std::string& path, const std::string& what, const error_code& error) {
  if (error == boost::system::errc::too_many_symbolic_link_levels) {
    return {shown(path) + " is a symbolic link, expected the file itself"};
  }
  return {shown(path) + " cannot be " + what + ": " + error.message()};
}

}  // namespace

outcome<std::vector<std::string>> list_trusted(io::disk& disk, const std::string& directory,
                                               std::string_view suffix, bool must_be_there) {
  std::vector<std::string> paths;
  const auto access = io::access_of(directory);
  if (!access && !must_be_there &&
      access.error() == boost::system::errc::no_such_file_or_directory) {
    return paths;
  }
  if (!access) {
    return system_problem(directory, "looked at", access.error());
  }
  if (!access->is_directory) {
    return problem{shown(directory) + " is no directory"};
  }
  TIDEMILL_TRY(check_access(*access, directory));
  const auto entries = disk.list(directory);
  if (!entries) {
    return system_problem(directory, "listed", entries.error());
  }
  for (const io::directory_entry& entry : *entries) {
    if (!entry.is_directory && entry.name.size() > suffix.size() && entry.name.ends_with(suffix)) {
      paths.push_back(directory + "/" + entry.name);
    }
  }
  std::ranges::sort(paths);
  if (paths.size() > files_per_directory_max) {
    return problem{shown(directory) + " holds " + std::to_string(paths.size()) +
                   " files that end in " + std::string(suffix) + ", expected at most " +
                   std::to_string(files_per_directory_max)};
  }
  return paths;
}

outcome<plugin_file> read_trusted(io::disk& disk, const std::string& path,
                                  std::size_t size_bytes_max) {
  const auto opened = disk.open(path, io::open_mode::read_only);
  if (!opened) {
    return system_problem(path, "opened", opened.error());
  }
  const io::file& file = **opened;
  const auto access = io::access_of(file.native_handle());
  if (!access) {
    return system_problem(path, "looked at", access.error());
  }
  if (!access->is_regular_file) {
    return problem{shown(path) + " is no regular file"};
  }
  TIDEMILL_TRY(check_access(*access, path));
  const auto size = file.size();
  if (!size) {
    return system_problem(path, "read", size.error());
  }
  if (*size > size_bytes_max) {
    return problem{shown(path) + " has " + std::to_string(*size) + " bytes, expected at most " +
                   std::to_string(size_bytes_max)};
  }
  plugin_file read{path, byte_buffer(static_cast<std::size_t>(*size)), {}};
  const auto got = file.read_at(0, read.bytes);
  if (!got) {
    return system_problem(path, "read", got.error());
  }
  read.bytes.resize(*got);
  read.sha256 = sha256_text(read.bytes);
  return read;
}

plugin_copies::plugin_copies(io::disk& disk, std::string directory)
    : disk_(disk), directory_(std::move(directory)) {}

outcome<void> plugin_copies::clear() {
  if (const auto made = disk_.create_directories(directory_); !made) {
    return system_problem(directory_, "made", made.error());
  }
  const auto entries = disk_.list(directory_);
  if (!entries) {
    return system_problem(directory_, "listed", entries.error());
  }
  for (const io::directory_entry& entry : *entries) {
    const std::string path = directory_ + "/" + entry.name;
    if (const auto removed = disk_.remove(path); !removed) {
      return system_problem(path, "removed", removed.error());
    }
  }
  return {};
}

std::string plugin_copies::path_of(const plugin_file& from) const {
  // The name before the hash is for whoever looks at a core or a profile.
  constexpr std::string_view suffix = ".so";
  constexpr std::size_t hash_letters = 16;
  constexpr std::size_t stem_letters = 64;
  const std::string name = from.path.substr(from.path.rfind('/') + 1);
  const std::string stem = name.substr(0, std::min(name.size() - suffix.size(), stem_letters));
  return directory_ + "/" + stem + "-" + from.sha256.substr(0, hash_letters) + std::string(suffix);
}

void plugin_copies::drop(const plugin_file& from) noexcept {
  static_cast<void>(disk_.remove(path_of(from)));
}

outcome<std::string> plugin_copies::put(const plugin_file& from) {
  const std::string path = path_of(from);
  const auto made = disk_.open(path, io::open_mode::create_new);
  if (!made) {
    return system_problem(path, "made", made.error());
  }
  if (const auto written = (*made)->write_at(0, from.bytes); !written) {
    static_cast<void>(disk_.remove(path));
    return system_problem(path, "written", written.error());
  }
  return outcome<std::string>(boost::system::in_place_value, path);
}

}  // namespace tidemill::extension
