#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Numbers, sizes and times as people write and read them.
namespace tidemill::cli {

/// "987", "1.2 KiB", "34 MiB"
[[nodiscard]] std::string size_text(std::uint64_t bytes);
/// "1,234,567"
[[nodiscard]] std::string count_text(std::int64_t count);
/// "2026-11-28 12:34:56.789Z"; "-" below 0.
[[nodiscard]] std::string time_text(std::int64_t milliseconds);
/// "0.4 s", "12 s", "3 min 5 s", "2 h 7 min"
[[nodiscard]] std::string duration_text(double seconds);

/// A whole number and nothing else.
[[nodiscard]] std::optional<std::int64_t> number_of(std::string_view text) noexcept;
/// "90s", "15m", "2h", "7d", "500ms".
[[nodiscard]] std::optional<std::chrono::milliseconds> duration_of(std::string_view text) noexcept;
/// Milliseconds since 1970 of "2026-11-28", "2026-11-28T12:34", "2026-11-28 12:34:56.789", each
/// also with "Z" or "+01:00" behind it; without one it is UTC.
[[nodiscard]] std::optional<std::int64_t> time_of(std::string_view text) noexcept;

}  // namespace tidemill::cli
