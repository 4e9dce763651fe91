#pragma once

#include <cstdint>
#include <mutex>
#include <string>

#include "base/result.hpp"
#include "io/disk.hpp"

namespace tidemill::log {

/// Space that is kept back: a file of zeros. When the disk is full, what has to be written all the
/// same (a deletion, which makes room; the clean end) lets go of it and tries again. Any thread;
/// calls block.
class ballast {
 public:
  ballast(io::disk& disk, std::string path, std::uint64_t size_bytes);

  /// Takes the space, as far as it is there: leaves as much free as it takes. Harmless to repeat.
  [[nodiscard]] result<void> fill();
  /// Gives the space back; false when there was none to give.
  [[nodiscard]] bool release() noexcept;

 private:
  [[nodiscard]] result<void> write_to(io::file& to, std::uint64_t from);

  io::disk& disk_;
  std::string path_;
  std::uint64_t size_bytes_;
  std::mutex mutex_;
  bool is_full_ = false;
};

}  // namespace tidemill::log
