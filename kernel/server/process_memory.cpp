#include "server/process_memory.hpp"

#include <malloc.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <string_view>

namespace tidemill::server {

void bound_process_memory() noexcept {
#ifdef __GLIBC__
  constexpr int arenas_max = 2;
  ::mallopt(M_ARENA_MAX, arenas_max);
  // Half-read frames come and go: with the built-in thresholds each would be mapped and faulted in
  // anew. What is kept instead is small, and large frames still go back at once.
  constexpr int trim_threshold = 4 << 20;
  constexpr int map_threshold = 512 << 10;
  ::mallopt(M_TRIM_THRESHOLD, trim_threshold);
  ::mallopt(M_MMAP_THRESHOLD, map_threshold);
#endif
}

std::uint64_t resident_bytes(io::disk& disk) {
  const auto file = disk.open("/proc/self/statm", io::open_mode::read_only);
  std::array<std::byte, 128> bytes;
  if (!file) {
    return 0;
  }
  const auto size = (*file)->read_at(0, bytes);
  if (!size) {
    return 0;
  }
  // "<total pages> <resident pages> ..."
  std::string_view text = as_text(bytes_view(bytes).first(*size));
  text.remove_prefix(std::min(text.find(' ') + 1, text.size()));
  std::uint64_t pages = 0;
  std::from_chars(text.data(), text.data() + text.size(), pages);
  return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace tidemill::server
