#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidemill {

/// A decimal whole number with an optional '-', nothing around it.
[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view text) noexcept;

/// "65536", "64KiB", "1 GiB": binary units only (B, KiB, MiB, GiB, TiB). nullopt on anything else
/// and on overflow.
[[nodiscard]] std::optional<std::int64_t> parse_size(std::string_view text) noexcept;

/// "500ms", "10s", "5m", "12h", "7d": a unit is required, so that nobody has to guess it.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(
    std::string_view text) noexcept;

/// The shortest form that reads back as the same value: "64MiB", "65537".
[[nodiscard]] std::string format_size(std::int64_t bytes);
/// The same: "10m", "1500ms".
[[nodiscard]] std::string format_duration(std::chrono::milliseconds duration);

}  // namespace tidemill
