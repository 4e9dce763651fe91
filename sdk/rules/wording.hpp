#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidemill::rules {

/// Text from a script, fit for a log and a terminal: what is not printable ASCII or well-formed
/// UTF-8 is shown as \xNN, and what goes beyond `length_max` is cut.
[[nodiscard]] std::string printable(std::string_view text, std::size_t length_max);

/// The candidate that was probably meant: at most two letters are changed, missing, added or
/// swapped, and no more than half of them.
[[nodiscard]] std::optional<std::string_view> nearest_name(
    std::string_view found, const std::vector<std::string_view>& candidates);

}  // namespace tidemill::rules
