#pragma once

#include <compare>
#include <concepts>
#include <cstddef>
#include <functional>

namespace tidemill {

/// A number with a meaning of its own: explicit to make, never converted silently, ordered only
/// against its own kind. `.value()` is for the edges (wire, disk, text).
template <class Rep, class Tag>
class strong {
 public:
  using rep = Rep;

  constexpr strong() noexcept = default;
  constexpr explicit strong(Rep value) noexcept : value_(value) {}

  [[nodiscard]] constexpr Rep value() const noexcept { return value_; }

  friend constexpr auto operator<=>(strong, strong) noexcept = default;
  friend constexpr bool operator==(strong, strong) noexcept = default;

 private:
  Rep value_{};
};

}  // namespace tidemill

template <class Rep, class Tag>
struct std::hash<tidemill::strong<Rep, Tag>> {
  std::size_t operator()(tidemill::strong<Rep, Tag> id) const noexcept {
    return std::hash<Rep>{}(id.value());
  }
};
