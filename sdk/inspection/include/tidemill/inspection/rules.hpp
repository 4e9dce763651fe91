#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tidemill/batch.h"
#include "tidemill/retention.h"

namespace tidemill::inspection {

/// Bits that this minor of the ABI knows, of the masks that plugins ask with.
inline constexpr std::uint32_t all_columns =
    TIDEMILL_KEYS | TIDEMILL_VALUES | TIDEMILL_HEADERS | TIDEMILL_TIMESTAMPS;
inline constexpr std::uint32_t all_facts =
    TIDEMILL_FACT_DISK | TIDEMILL_FACT_GROUPS | TIDEMILL_FACT_FIRST_TIMESTAMPS;

/// Longest name of a plugin, a codec or a configuration key, in bytes.
inline constexpr std::size_t name_bytes_max = 64;
/// [a-z][a-z0-9 and `more`]*, at most name_bytes_max bytes.
[[nodiscard]] inline bool is_name(std::string_view text, std::string_view more) noexcept {
  const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
  return !text.empty() && text.size() <= name_bytes_max && is_lower(text.front()) &&
         std::ranges::all_of(text, [&](char c) {
           return is_lower(c) || (c >= '0' && c <= '9') || more.find(c) != std::string_view::npos;
         });
}

}  // namespace tidemill::inspection
