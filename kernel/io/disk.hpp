#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace tidemill::io {

/// The file or directory is not there.
[[nodiscard]] inline bool is_missing(const error_code& error) noexcept {
  return error == boost::system::errc::no_such_file_or_directory;
}

/// Nothing is wrong with what was to be opened: the process, or the machine, has no descriptor
/// left.
[[nodiscard]] inline bool is_out_of_descriptors(const error_code& error) noexcept {
  return error == boost::system::errc::too_many_files_open ||
         error == boost::system::errc::too_many_files_open_in_system;
}

/// The disk, or what the user may have of it, is full.
[[nodiscard]] inline bool is_out_of_space(const error_code& error) noexcept {
  return error == boost::system::errc::no_space_on_device || error.value() == EDQUOT;
}

/// An open file. Calls are synchronous: appends go to the page cache and return; what may block for
/// long (sync, cold reads, removal) the caller hands to a blocking_pool. Distinct calls on one file
/// may run on several threads at once where the ranges do not overlap. Errors are those of the
/// operating system (system category), so ENOSPC and EIO can be told apart.
class file {
 public:
  virtual ~file() = default;

  /// Writes all pieces one after the other from `position` on. Loops over short writes and EINTR
  /// (R32). On an error an unknown prefix has been written: the caller truncates or poisons.
  [[nodiscard]] virtual result<void> write_at(std::uint64_t position,
                                              std::span<const bytes_view> pieces) = 0;
  [[nodiscard]] result<void> write_at(std::uint64_t position, bytes_view piece) {
    return write_at(position, std::span<const bytes_view>(&piece, 1));
  }

  /// Reads until `into` is full or the file ends; returns the number of bytes read.
  [[nodiscard]] virtual result<std::size_t> read_at(std::uint64_t position,
                                                    mutable_bytes into) const = 0;

  /// True when the range can probably be read without waiting for a device. A hint.
  [[nodiscard]] virtual bool is_resident(std::uint64_t position,
                                         std::size_t size) const noexcept = 0;

  /// Brings the range into the page cache; blocks until it is there.
  virtual void read_ahead(std::uint64_t position, std::size_t size) const noexcept = 0;

  /// Makes data (and the size) durable: fdatasync. After a failure nothing may be assumed about any
  /// earlier write (R24).
  [[nodiscard]] virtual result<void> sync() = 0;

  /// Starts writing the range to the device without waiting for it. A hint.
  virtual void start_write_back(std::uint64_t position, std::uint64_t size) noexcept = 0;

  /// Fails when write-back of something written through this file has failed and nobody has been
  /// told. To be asked after disk::sync_file_system(), which cannot tell. Waits for nothing new.
  [[nodiscard]] virtual result<void> check_write_back() = 0;

  [[nodiscard]] virtual result<void> truncate(std::uint64_t size) = 0;
  [[nodiscard]] virtual result<std::uint64_t> size() const = 0;

  /// The descriptor for sendfile, or -1 where there is none. Owned by the file.
  [[nodiscard]] virtual int native_handle() const noexcept = 0;
};

enum class open_mode {
  read_only,        // must exist
  read_write,       // must exist
  create,           // made when missing, kept when there
  create_new,       // must not exist
  create_truncated  // made when missing, emptied when there
};

struct directory_entry {
  std::string name;
  bool is_directory = false;
};

struct disk_space {
  std::uint64_t available_bytes = 0;
  std::uint64_t total_bytes = 0;
};

/// Held while the process uses a directory; released by destruction or by the end of the process.
class directory_lock {
 public:
  virtual ~directory_lock() = default;
};

/// The file system. Paths are '/'-separated, as the operating system takes them. Any thread.
class disk {
 public:
  virtual ~disk() = default;

  /// Never follows a symbolic link in the last component of the path (S15).
  [[nodiscard]] virtual result<std::unique_ptr<file>> open(const std::string& path,
                                                           open_mode mode) = 0;
  [[nodiscard]] virtual bool exists(const std::string& path) = 0;
  /// Replaces `to` when it exists. Durable only after sync_directory of the parent (R27).
  [[nodiscard]] virtual result<void> rename(const std::string& from, const std::string& to) = 0;
  /// Removes a file.
  [[nodiscard]] virtual result<void> remove(const std::string& path) = 0;
  /// Removes an empty directory.
  [[nodiscard]] virtual result<void> remove_directory(const std::string& path) = 0;
  /// Makes the directory and its missing parents; not an error when it exists.
  [[nodiscard]] virtual result<void> create_directories(const std::string& path) = 0;
  /// Names in no particular order, without "." and "..".
  [[nodiscard]] virtual result<std::vector<directory_entry>> list(const std::string& path) = 0;
  /// Makes creations, renames and removals inside the directory durable.
  [[nodiscard]] virtual result<void> sync_directory(const std::string& path) = 0;
  /// Makes everything durable that was done before on the file system that holds `path`: data of
  /// all files, creations, renames and removals. Cheaper than many single syncs. Says nothing of
  /// write-back that had failed before: file::check_write_back() does.
  [[nodiscard]] virtual result<void> sync_file_system(const std::string& path) = 0;
  [[nodiscard]] virtual result<disk_space> space(const std::string& path) = 0;
  /// Locks `path` (a file, created when missing) against other processes; fails at once with
  /// EWOULDBLOCK when somebody else holds it.
  [[nodiscard]] virtual result<std::unique_ptr<directory_lock>> lock(const std::string& path) = 0;
};

/// Reads a whole file of at most `size_max` bytes; errc::file_too_large (generic category) beyond.
[[nodiscard]] result<byte_buffer> read_whole_file(disk& disk, const std::string& path,
                                                  std::uint64_t size_max);

/// Replaces a file so that after a crash either the old or the new content is there: temporary file
/// beside it, sync, rename, sync of the directory (R27).
[[nodiscard]] result<void> replace_file(disk& disk, const std::string& path, bytes_view content);
/// The same without syncs: after a crash of the process either content is there, after one of the
/// machine perhaps neither, which whoever reads the file has to notice.
[[nodiscard]] result<void> replace_file_unsynced(disk& disk, const std::string& path,
                                                 bytes_view content);

}  // namespace tidemill::io
