// Which code belongs to which plugin, for whoever finds an address in it and may neither allocate
// nor lock.
#include "io/foreign_code.hpp"

#include <dlfcn.h>
#include <link.h>
#include <unwind.h>

#include <array>
#include <atomic>

namespace tidemill::io {
namespace {

struct code_range {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
  const char* plugin = nullptr;
  const char* version = nullptr;
};

/// Outside of any call of the broker's.
constexpr const char* own_call = "(a thread of its own, or the start or end of the process)";
constexpr std::size_t ranges_max = 1024;
constexpr int frames_max = 256;

// Entries are written once, then the count moves on.
std::array<code_range, ranges_max> ranges{};
std::atomic<std::size_t> range_count{0};

struct library_search {
  std::uintptr_t base;
  code_range found;
};

int take_code(::dl_phdr_info* info, std::size_t, void* into) {
  auto& search = *static_cast<library_search*>(into);
  if (info->dlpi_addr != search.base) {
    return 0;
  }
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& header = info->dlpi_phdr[i];
    if (header.p_type != PT_LOAD || (header.p_flags & PF_X) == 0) {
      continue;
    }
    const std::uintptr_t begin = info->dlpi_addr + header.p_vaddr;
    const std::uintptr_t end = begin + header.p_memsz;
    code_range& range = search.found;
    range.begin = range.begin == 0 || begin < range.begin ? begin : range.begin;
    range.end = end > range.end ? end : range.end;
  }
  return 1;
}

struct walk {
  foreign_call found;
  int frames = 0;
};

_Unwind_Reason_Code look_at_frame(::_Unwind_Context* frame, void* into) {
  auto& by = *static_cast<walk*>(into);
  int is_before_instruction = 0;
  const std::uintptr_t address = ::_Unwind_GetIPInfo(frame, &is_before_instruction);
  // A return address may lie behind the end of the caller, which does not expect to be returned to.
  by.found = foreign_code_at(address - (is_before_instruction == 0 ? 1 : 0));
  return by.found.plugin != nullptr || ++by.frames >= frames_max ? _URC_END_OF_STACK
                                                                 : _URC_NO_REASON;
}

}  // namespace

void note_foreign_code(const void* symbol, const char* plugin, const char* version) {
  ::Dl_info where{};
  ::link_map* library = nullptr;
  const std::size_t at = range_count.load(std::memory_order_relaxed);
  if (at == ranges_max ||
      ::dladdr1(symbol, &where, reinterpret_cast<void**>(&library), RTLD_DL_LINKMAP) == 0) {
    return;
  }
  library_search search{library->l_addr, {}};
  ::dl_iterate_phdr(take_code, &search);
  search.found.plugin = plugin;
  search.found.version = version;
  ranges[at] = search.found;
  range_count.store(at + 1, std::memory_order_release);
}

foreign_call foreign_code_at(std::uintptr_t address) noexcept {
  const std::size_t count = range_count.load(std::memory_order_acquire);
  for (std::size_t i = 0; i < count; ++i) {
    const code_range& one = ranges[i];
    if (address >= one.begin && address < one.end) {
      return {one.plugin, one.version, "", own_call};
    }
  }
  return {};
}

foreign_call foreign_caller() noexcept {
  walk by;
  ::_Unwind_Backtrace(look_at_frame, &by);
  return by.found;
}

}  // namespace tidemill::io
