#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

#include "base/result.hpp"
#include "io/disk.hpp"

namespace tidemill::log {

/// Space that is kept back: a file of zeros. When the disk is full, what has to be written all the
/// same (a deletion, which makes room; the clean end) lets go of it and tries again. Until there is
/// room for it again nothing else may take what it has left: `is_short` is true so long. Any
/// thread; calls block.
class ballast {
 public:
  /// So much is left free, at least, when the space is taken.
  static constexpr std::uint64_t free_bytes_min = std::uint64_t{1} << 20;

  ballast(io::disk& disk, std::string path, std::uint64_t size_bytes, std::atomic<bool>& is_short);

  /// Takes the space if it is there. Harmless to repeat.
  [[nodiscard]] result<void> fill();
  /// Gives the space back; false when there was none to give.
  [[nodiscard]] bool release() noexcept;

 private:
  [[nodiscard]] result<void> write_to(io::file& to, std::uint64_t from);

  io::disk& disk_;
  std::string path_;
  std::uint64_t size_bytes_;
  std::atomic<bool>& is_short_;
  std::mutex mutex_;
  bool is_full_ = false;
};

}  // namespace tidemill::log
