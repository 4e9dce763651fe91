#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "base/assert.hpp"

namespace tidemill {

template <class Signature>
class unique_function;

/// A callable that is moved, never copied, so that it can own what it needs; std::function cannot
/// (std::move_only_function arrives with C++23). Callables of up to 48 bytes that move without
/// throwing are kept inside, larger ones on the heap. Not thread-safe; hand it over by moving.
template <class R, class... Args>
class unique_function<R(Args...)> {
 public:
  unique_function() noexcept = default;
  unique_function(std::nullptr_t) noexcept {}  // NOLINT(google-explicit-constructor)

  template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, unique_function> &&
             std::is_invocable_r_v<R, std::remove_cvref_t<F>&, Args...>)
  unique_function(F&& callable) {  // NOLINT(google-explicit-constructor)
    using stored = std::remove_cvref_t<F>;
    if constexpr (fits_inside<stored>) {
      ::new (static_cast<void*>(storage_)) stored(std::forward<F>(callable));
      operations_ = &inside<stored>;
    } else {
      ::new (static_cast<void*>(storage_)) stored*(new stored(std::forward<F>(callable)));
      operations_ = &outside<stored>;
    }
  }

  unique_function(unique_function&& other) noexcept { take(other); }
  unique_function& operator=(unique_function&& other) noexcept {
    if (this != &other) {
      reset();
      take(other);
    }
    return *this;
  }
  unique_function(const unique_function&) = delete;
  unique_function& operator=(const unique_function&) = delete;
  ~unique_function() { reset(); }

  explicit operator bool() const noexcept { return operations_ != nullptr; }

  R operator()(Args... args) {
    TIDEMILL_ASSERT(operations_ != nullptr);
    return operations_->invoke(storage_, std::forward<Args>(args)...);
  }

 private:
  static constexpr std::size_t inside_size_bytes = 48;

  struct operations {
    R (*invoke)(void* self, Args&&... args);
    void (*move)(void* from, void* to) noexcept;
    void (*destroy)(void* self) noexcept;
  };

  template <class F>
  static constexpr bool fits_inside =
      sizeof(F) <= inside_size_bytes && alignof(F) <= alignof(std::max_align_t) &&
      std::is_nothrow_move_constructible_v<F>;

  template <class F>
  static constexpr operations inside{[](void* self, Args&&... args) -> R {
                                       return (*static_cast<F*>(self))(std::forward<Args>(args)...);
                                     },
                                     [](void* from, void* to) noexcept {
                                       ::new (to) F(std::move(*static_cast<F*>(from)));
                                       static_cast<F*>(from)->~F();
                                     },
                                     [](void* self) noexcept { static_cast<F*>(self)->~F(); }};

  template <class F>
  static constexpr operations outside{
      [](void* self, Args&&... args) -> R {
        return (**static_cast<F**>(self))(std::forward<Args>(args)...);
      },
      [](void* from, void* to) noexcept { ::new (to) F*(*static_cast<F**>(from)); },
      [](void* self) noexcept { delete *static_cast<F**>(self); }};

  void take(unique_function& other) noexcept {
    if (other.operations_ != nullptr) {
      other.operations_->move(other.storage_, storage_);
      operations_ = std::exchange(other.operations_, nullptr);
    }
  }
  void reset() noexcept {
    if (operations_ != nullptr) {
      std::exchange(operations_, nullptr)->destroy(storage_);
    }
  }

  alignas(std::max_align_t) std::byte storage_[inside_size_bytes];
  const operations* operations_ = nullptr;
};

}  // namespace tidemill
