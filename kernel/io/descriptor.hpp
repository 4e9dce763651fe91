#pragma once

#include <unistd.h>

#include <boost/system/error_code.hpp>
#include <cerrno>
#include <utility>

namespace tidemill::io {

/// Owns a file descriptor.
class descriptor {
 public:
  descriptor() noexcept = default;
  explicit descriptor(int native) noexcept : native_(native) {}
  descriptor(descriptor&& other) noexcept : native_(std::exchange(other.native_, -1)) {}
  descriptor& operator=(descriptor&& other) noexcept {
    if (this != &other) {
      close();
      native_ = std::exchange(other.native_, -1);
    }
    return *this;
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() { close(); }

  [[nodiscard]] int native() const noexcept { return native_; }
  [[nodiscard]] bool is_open() const noexcept { return native_ >= 0; }
  /// Gives the descriptor up without closing it.
  [[nodiscard]] int release() noexcept { return std::exchange(native_, -1); }
  void close() noexcept {
    if (native_ >= 0) {
      ::close(std::exchange(native_, -1));
    }
  }

 private:
  int native_ = -1;
};

/// errno as an error code of the system category.
[[nodiscard]] inline boost::system::error_code last_error() noexcept {
  return {errno, boost::system::system_category()};
}

}  // namespace tidemill::io
