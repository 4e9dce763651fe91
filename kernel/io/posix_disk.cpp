#include "io/posix_disk.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "io/descriptor.hpp"

namespace tidemill::io {
namespace {

constexpr std::size_t pieces_per_call_max = 256;
constexpr mode_t file_mode = 0640;
constexpr mode_t directory_mode = 0750;

// The next run of pieces as the system call takes it, beginning `skip` bytes into the first piece.
std::size_t gather(std::span<const bytes_view> pieces, std::size_t skip,
                   std::array<iovec, pieces_per_call_max>& into) noexcept {
  std::size_t count = 0;
  for (const bytes_view piece : pieces) {
    if (count == into.size()) {
      break;
    }
    const bytes_view rest = piece.subspan(skip);
    skip = 0;
    into[count++] = {.iov_base = const_cast<std::byte*>(rest.data()), .iov_len = rest.size()};
  }
  return count;
}

class posix_file final : public file {
 public:
  explicit posix_file(descriptor handle) noexcept : handle_(std::move(handle)) {}

  using file::write_at;

  result<void> write_at(std::uint64_t position, std::span<const bytes_view> pieces) override {
    std::array<iovec, pieces_per_call_max> vector;
    std::size_t done = 0;
    while (true) {
      while (!pieces.empty() && done >= pieces.front().size()) {
        done -= pieces.front().size();
        pieces = pieces.subspan(1);
      }
      if (pieces.empty()) {
        return {};
      }
      const std::size_t count = gather(pieces, done, vector);
      const ssize_t written = ::pwritev(handle_.native(), vector.data(), static_cast<int>(count),
                                        static_cast<off_t>(position));
      if (written < 0) {
        if (errno == EINTR) {
          continue;
        }
        return last_error();
      }
      position += static_cast<std::uint64_t>(written);
      done += static_cast<std::size_t>(written);
    }
  }

  result<std::size_t> read_at(std::uint64_t position, mutable_bytes into) const override {
    std::size_t done = 0;
    while (done < into.size()) {
      const ssize_t count = ::pread(handle_.native(), into.data() + done, into.size() - done,
                                    static_cast<off_t>(position + done));
      if (count == 0) {
        break;
      }
      if (count < 0) {
        if (errno == EINTR) {
          continue;
        }
        return last_error();
      }
      done += static_cast<std::size_t>(count);
    }
    return done;
  }

  bool is_resident(std::uint64_t position, std::size_t size) const noexcept override {
    // The first and the last byte stand for the range: it was written, or read ahead, in one go.
    return size == 0 || (probe(position) && probe(position + size - 1));
  }

  void read_ahead(std::uint64_t position, std::size_t size) const noexcept override {
    // readahead(2) only queues the reads beyond some size; reading one byte of each step waits.
    constexpr std::size_t step = 128 * 1024;
    ::readahead(handle_.native(), static_cast<off_t>(position), size);
    for (std::size_t at = 0; at < size; at += step) {
      touch(position + at);
    }
    if (size > 0) {
      touch(position + size - 1);
    }
  }

  result<void> sync() override {
    // Never repeated after a failure: the kernel may have dropped the dirty pages (R24).
    if (::fdatasync(handle_.native()) != 0) {
      return last_error();
    }
    return {};
  }

  void start_write_back(std::uint64_t position, std::uint64_t size) noexcept override {
    ::sync_file_range(handle_.native(), static_cast<off_t>(position), static_cast<off_t>(size),
                      SYNC_FILE_RANGE_WRITE);
  }

  result<void> check_write_back() override {
    // Reports the error that the kernel keeps for this descriptor, as fdatasync would, but without
    // a flush of the device's cache.
    if (::sync_file_range(handle_.native(), 0, 0, SYNC_FILE_RANGE_WAIT_BEFORE) != 0) {
      return last_error();
    }
    return {};
  }

  result<void> truncate(std::uint64_t size) override {
    while (::ftruncate(handle_.native(), static_cast<off_t>(size)) != 0) {
      if (errno != EINTR) {
        return last_error();
      }
    }
    return {};
  }

  result<std::uint64_t> size() const override {
    struct stat status{};
    if (::fstat(handle_.native(), &status) != 0) {
      return last_error();
    }
    return static_cast<std::uint64_t>(status.st_size);
  }

  int native_handle() const noexcept override { return handle_.native(); }

 private:
  bool probe(std::uint64_t position) const noexcept {
    std::byte byte{};
    const iovec vector{.iov_base = &byte, .iov_len = 1};
    // Other errors than EAGAIN (a file system without the flag, a byte past the end) would not
    // become better by waiting.
    return ::preadv2(handle_.native(), &vector, 1, static_cast<off_t>(position), RWF_NOWAIT) >= 0 ||
           errno != EAGAIN;
  }

  void touch(std::uint64_t position) const noexcept {
    std::byte byte{};
    while (::pread(handle_.native(), &byte, 1, static_cast<off_t>(position)) < 0 &&
           errno == EINTR) {
    }
  }

  descriptor handle_;
};

class posix_lock final : public directory_lock {
 public:
  explicit posix_lock(descriptor handle) noexcept : handle_(std::move(handle)) {}

 private:
  descriptor handle_;
};

int open_flags(open_mode mode) noexcept {
  switch (mode) {
    case open_mode::read_only:
      return O_RDONLY | O_NONBLOCK;  // a pipe in the place of a file is no reason to wait
    case open_mode::read_write:
      return O_RDWR;
    case open_mode::create:
      return O_RDWR | O_CREAT;
    case open_mode::create_new:
      return O_RDWR | O_CREAT | O_EXCL;
    case open_mode::create_truncated:
      return O_RDWR | O_CREAT | O_TRUNC;
  }
  return O_RDONLY;
}

result<descriptor> open_path(const std::string& path, int flags) {
  while (true) {
    descriptor handle(::open(path.c_str(), flags | O_NOFOLLOW | O_CLOEXEC, file_mode));
    if (handle.is_open()) {
      return handle;
    }
    if (errno != EINTR) {
      return last_error();
    }
  }
}

struct close_directory {
  void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};

bool names_directory(int parent, const dirent& entry) noexcept {
  if (entry.d_type != DT_UNKNOWN) {
    return entry.d_type == DT_DIR;
  }
  struct stat status{};
  return ::fstatat(parent, entry.d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
         S_ISDIR(status.st_mode);
}

result<void> make_directory(const std::string& path) {
  if (::mkdir(path.c_str(), directory_mode) == 0) {
    return {};
  }
  const error_code failure = last_error();
  struct stat status{};
  if (failure == boost::system::errc::file_exists && ::stat(path.c_str(), &status) == 0 &&
      S_ISDIR(status.st_mode)) {
    return {};
  }
  return failure;
}

class posix_disk final : public disk {
 public:
  result<std::unique_ptr<file>> open(const std::string& path, open_mode mode) override {
    TIDEMILL_TRY_ASSIGN(handle, open_path(path, open_flags(mode)));
    return std::make_unique<posix_file>(std::move(handle));
  }

  bool exists(const std::string& path) override {
    struct stat status{};
    return ::lstat(path.c_str(), &status) == 0;
  }

  result<void> rename(const std::string& from, const std::string& to) override {
    return outcome(std::rename(from.c_str(), to.c_str()));
  }
  result<void> remove(const std::string& path) override { return outcome(::unlink(path.c_str())); }
  result<void> remove_directory(const std::string& path) override {
    return outcome(::rmdir(path.c_str()));
  }

  result<void> create_directories(const std::string& path) override {
    for (std::size_t slash = path.find('/', 1); slash != std::string::npos;
         slash = path.find('/', slash + 1)) {
      TIDEMILL_TRY(make_directory(path.substr(0, slash)));
    }
    return make_directory(path);
  }

  result<std::vector<directory_entry>> list(const std::string& path) override {
    TIDEMILL_TRY_ASSIGN(handle, open_path(path, O_RDONLY | O_DIRECTORY));
    const std::unique_ptr<DIR, close_directory> directory(::fdopendir(handle.native()));
    if (directory == nullptr) {
      return last_error();
    }
    const int parent = handle.release();  // closedir closes it
    std::vector<directory_entry> entries;
    errno = 0;
    while (const dirent* entry = ::readdir(directory.get())) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") {
        entries.push_back({std::string(name), names_directory(parent, *entry)});
      }
      errno = 0;
    }
    if (errno != 0) {
      return last_error();
    }
    return entries;
  }

  result<void> sync_directory(const std::string& path) override {
    TIDEMILL_TRY_ASSIGN(handle, open_path(path, O_RDONLY | O_DIRECTORY));
    return outcome(::fsync(handle.native()));
  }

  result<void> sync_file_system(const std::string& path) override {
    TIDEMILL_TRY_ASSIGN(handle, open_path(path, O_RDONLY | O_DIRECTORY));
    return outcome(::syncfs(handle.native()));
  }

  result<disk_space> space(const std::string& path) override {
    struct statvfs status{};
    if (::statvfs(path.c_str(), &status) != 0) {
      return last_error();
    }
    return disk_space{.available_bytes = status.f_bavail * status.f_frsize,
                      .total_bytes = status.f_blocks * status.f_frsize};
  }

  result<std::unique_ptr<directory_lock>> lock(const std::string& path) override {
    TIDEMILL_TRY_ASSIGN(handle, open_path(path, O_RDWR | O_CREAT));
    while (::flock(handle.native(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EINTR) {
        return last_error();
      }
    }
    return std::make_unique<posix_lock>(std::move(handle));
  }

 private:
  static result<void> outcome(int returned) {
    if (returned != 0) {
      return last_error();
    }
    return {};
  }
};

}  // namespace

std::unique_ptr<disk> make_posix_disk() {
  return std::make_unique<posix_disk>();
}

}  // namespace tidemill::io
