#pragma once

#include <memory>

#include "io/disk.hpp"

namespace tidemill::io {

/// The file system of the operating system. Any thread.
[[nodiscard]] std::unique_ptr<disk> make_posix_disk();

}  // namespace tidemill::io
