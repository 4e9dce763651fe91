#include "memory_cap.hpp"

#include <cstdlib>

namespace tidemill::rules {

void* memory_cap::allocate(void* self, void* block, std::size_t old_size,
                           std::size_t size) noexcept {
  auto& cap = *static_cast<memory_cap*>(self);
  // Without a block, old_size is the type of what is to be made.
  const std::size_t before = block == nullptr ? 0 : old_size;
  if (size == 0) {
    std::free(block);
    cap.used_bytes_ -= before;
    return nullptr;
  }
  if (size > before) {
    constexpr std::size_t few_cells = 512;
    const bool is_too_much = size > cap.limits_.single_bytes_max ||
                             cap.used_bytes_ + (size - before) > cap.limits_.total_bytes_max ||
                             (cap.refuses_growth_ && size > few_cells);
    if (is_too_much) {
      return nullptr;
    }
  }
  void* made = std::realloc(block, size);
  if (made == nullptr) {
    if (size > before) {
      return nullptr;
    }
    made = block;  // Lua relies on it that shrinking never fails
  }
  cap.used_bytes_ = cap.used_bytes_ - before + size;
  return made;
}

}  // namespace tidemill::rules
