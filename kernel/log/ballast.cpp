#include "log/ballast.hpp"

#include <algorithm>
#include <utility>

namespace tidemill::log {
namespace {

constexpr std::size_t piece_size_bytes = std::size_t{64} << 10;

}  // namespace

ballast::ballast(io::disk& disk, std::string path, std::uint64_t size_bytes,
                 std::atomic<bool>& is_short)
    : disk_(disk), path_(std::move(path)), size_bytes_(size_bytes), is_short_(is_short) {}

result<void> ballast::fill() {
  const std::lock_guard lock(mutex_);
  if (is_full_) {
    return {};
  }
  if (size_bytes_ == 0) {
    is_short_ = false;
    return disk_.exists(path_) ? disk_.remove(path_) : result<void>{};
  }
  TIDEMILL_TRY_ASSIGN(file, disk_.open(path_, io::open_mode::create));
  TIDEMILL_TRY_ASSIGN(size, file->size());
  if (size > size_bytes_) {
    TIDEMILL_TRY(file->truncate(size_bytes_));
  }
  if (size < size_bytes_) {
    const auto parent = path_.substr(0, path_.rfind('/'));
    TIDEMILL_TRY_ASSIGN(space, disk_.space(parent));
    if (space.available_bytes < size_bytes_ - size + free_bytes_min) {
      is_short_ = true;
      return {};
    }
    if (auto written = write_to(*file, size); !written) {
      is_short_ = is_short_ || io::is_out_of_space(written.error());
      static_cast<void>(file->truncate(0));
      return written;
    }
  }
  is_full_ = true;
  is_short_ = false;
  return {};
}

result<void> ballast::write_to(io::file& to, std::uint64_t from) {
  const byte_buffer zeros(piece_size_bytes);
  for (std::uint64_t at = from; at < size_bytes_; at += zeros.size()) {
    const auto piece = std::min<std::uint64_t>(zeros.size(), size_bytes_ - at);
    TIDEMILL_TRY(to.write_at(at, bytes_view(zeros).first(static_cast<std::size_t>(piece))));
  }
  return {};
}

bool ballast::release() noexcept {
  const std::lock_guard lock(mutex_);
  is_full_ = false;
  auto file = disk_.open(path_, io::open_mode::read_write);
  if (!file) {
    return false;
  }
  const auto size = (*file)->size();
  if (!size || *size == 0) {
    return false;
  }
  is_short_ = true;  // before others can take it
  return (*file)->truncate(0).has_value();
}

}  // namespace tidemill::log
