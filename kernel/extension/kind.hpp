#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tidemill::extension {

/// The kinds of extension that this broker calls.
enum class kind : std::uint8_t { partitioner, transform, retention, codec };
inline constexpr std::size_t kind_count = 4;
/// "partitioner", ...
[[nodiscard]] std::string_view name_of(kind which) noexcept;

}  // namespace tidemill::extension
