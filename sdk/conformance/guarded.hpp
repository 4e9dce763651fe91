#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>

namespace tidemill::conformance {

/// `count` values that end right before a page that nobody may touch: whoever reads or writes past
/// them crashes. In front of them stand bytes that tell whether somebody wrote there.
template <class T>
  requires std::is_trivially_copyable_v<T>
class guarded {
 public:
  explicit guarded(std::size_t count = 0) : count_(count) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    const std::size_t used = count * sizeof(T);
    size_ = (used + front_bytes + page - 1) / page * page + page;
    void* mapped = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) {
      throw std::bad_alloc();
    }
    memory_ = static_cast<std::uint8_t*>(mapped);
    std::memset(memory_, front_byte, size_ - page - used);
    mprotect(memory_ + size_ - page, page, PROT_NONE);
    values_ = reinterpret_cast<T*>(memory_ + size_ - page - used);
  }
  guarded(const guarded&) = delete;
  guarded& operator=(const guarded&) = delete;
  ~guarded() { munmap(memory_, size_); }

  [[nodiscard]] T* data() noexcept { return values_; }
  [[nodiscard]] const T* data() const noexcept { return values_; }
  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  [[nodiscard]] T& operator[](std::size_t index) noexcept { return values_[index]; }
  [[nodiscard]] std::span<T> all() noexcept { return {values_, count_}; }
  void fill(const T& value) noexcept {
    for (T& one : all()) {
      one = value;
    }
  }
  /// Nobody wrote before the first value.
  [[nodiscard]] bool is_front_intact() const noexcept {
    const auto* const first = reinterpret_cast<const std::uint8_t*>(values_);
    for (const std::uint8_t* at = first - front_bytes; at < first; ++at) {
      if (*at != front_byte) {
        return false;
      }
    }
    return true;
  }

 private:
  static constexpr std::size_t front_bytes = 64;
  static constexpr std::uint8_t front_byte = 0x5a;

  std::size_t count_;
  std::size_t size_ = 0;
  std::uint8_t* memory_ = nullptr;
  T* values_ = nullptr;
};

}  // namespace tidemill::conformance
