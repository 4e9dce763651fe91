#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace tidemill {

/// Borrowed bytes. Who owns them stands at the function that hands them out.
using bytes_view = std::span<const std::byte>;
using mutable_bytes = std::span<std::byte>;
/// Owned bytes.
using byte_buffer = std::vector<std::byte>;

[[nodiscard]] inline bytes_view as_bytes(std::string_view text) noexcept {
  return std::as_bytes(std::span(text.data(), text.size()));
}
[[nodiscard]] inline std::string_view as_text(bytes_view bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace tidemill
