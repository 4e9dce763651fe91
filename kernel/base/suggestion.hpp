#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidemill {

/// The candidate that a writer of `found` probably meant: the one with the fewest changed, missing,
/// added or swapped letters, when those are few for its length. nullopt when none is near.
[[nodiscard]] std::optional<std::string_view> nearest(
    std::string_view found, const std::vector<std::string_view>& candidates);

}  // namespace tidemill
