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

result<void> replace_file(disk& disk, const std::string& path, bytes_view content) {
  const std::string temporary = path + ".tmp";
  {
    TIDEMILL_TRY_ASSIGN(file, disk.open(temporary, open_mode::create_truncated));
    TIDEMILL_TRY(file->write_at(0, content));
    TIDEMILL_TRY(file->sync());
  }
  TIDEMILL_TRY(disk.rename(temporary, path));
  const auto slash = path.rfind('/');
  return disk.sync_directory(slash == std::string::npos ? "." : path.substr(0, slash));
}

}  // namespace tidemill::io
