// malloc() and its like, counted: a plugin's calls come here, because a program's own symbols go
// before those of libraries. glibc gives the real ones under these names for that purpose.
#ifdef TIDECTL_COUNTS_ALLOCATIONS
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace {
std::atomic<std::uint64_t> count = 0;
}

#define VISIBLE extern "C" __attribute__((visibility("default")))

extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
}

VISIBLE std::uint64_t tidemill_allocation_count() noexcept {
  return count;
}

VISIBLE void* malloc(std::size_t size) {
  ++count;
  return __libc_malloc(size);
}
VISIBLE void* calloc(std::size_t number, std::size_t size) {
  ++count;
  return __libc_calloc(number, size);
}
VISIBLE void* realloc(void* memory, std::size_t size) {
  ++count;
  return __libc_realloc(memory, size);
}
VISIBLE void* aligned_alloc(std::size_t alignment, std::size_t size) {
  ++count;
  return __libc_memalign(alignment, size);
}
VISIBLE int posix_memalign(void** memory, std::size_t alignment, std::size_t size) {
  ++count;
  *memory = __libc_memalign(alignment, size);
  return *memory == nullptr ? 12 : 0;
}
#endif
