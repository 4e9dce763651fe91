#include "io/executable.hpp"

#include <unistd.h>

#include <array>
#include <cstddef>
#include <iterator>

namespace tidemill::io {

std::string executable_directory() {
  std::array<char, 4096> path{};
  const std::ptrdiff_t size = ::readlink("/proc/self/exe", path.data(), path.size());
  if (size <= 0 || size == std::ssize(path)) {
    return {};
  }
  const std::string whole(path.data(), static_cast<std::size_t>(size));
  return whole.substr(0, whole.rfind('/'));
}

}  // namespace tidemill::io
