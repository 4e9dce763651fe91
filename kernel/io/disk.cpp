#include "io/disk.hpp"

namespace tidemill::io {

result<byte_buffer> read_whole_file(disk& disk, const std::string& path, std::uint64_t size_max) {
  TIDEMILL_TRY_ASSIGN(file, disk.open(path, open_mode::read_only));
  TIDEMILL_TRY_ASSIGN(size, file->size());
  if (size > size_max) {
    return make_error_code(boost::system::errc::file_too_large);
  }
  byte_buffer content(static_cast<std::size_t>(size));
  TIDEMILL_TRY_ASSIGN(read, file->read_at(0, content));
  content.resize(read);
  return content;
}

namespace {

result<void> write_aside(disk& disk, const std::string& path, bytes_view content, bool durably) {
  const std::string temporary = path + ".tmp";
  {
    TIDEMILL_TRY_ASSIGN(file, disk.open(temporary, open_mode::create_truncated));
    if (auto written = file->write_at(0, content); !written) {
      static_cast<void>(disk.remove(temporary));
      return written;
    }
    if (durably) {
      TIDEMILL_TRY(file->sync());
    }
  }
  return disk.rename(temporary, path);
}

}  // namespace

result<void> replace_file_unsynced(disk& disk, const std::string& path, bytes_view content) {
  return write_aside(disk, path, content, false);
}

result<void> replace_file(disk& disk, const std::string& path, bytes_view content) {
  TIDEMILL_TRY(write_aside(disk, path, content, true));
  const auto slash = path.rfind('/');
  return disk.sync_directory(slash == std::string::npos ? "." : path.substr(0, slash));
}

}  // namespace tidemill::io
