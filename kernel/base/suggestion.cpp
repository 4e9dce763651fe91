#include "base/suggestion.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>

namespace tidemill {
namespace {

constexpr std::size_t compared_length_max = 64;

/// Edits between two words, a swap of neighbours counted as one (optimal string alignment).
std::size_t distance(std::string_view left, std::string_view right) {
  const std::size_t width = right.size() + 1;
  std::vector<std::size_t> table((left.size() + 1) * width);
  const auto at = [&](std::size_t i, std::size_t j) -> std::size_t& {
    return table[i * width + j];
  };
  for (std::size_t i = 0; i <= left.size(); ++i) {
    for (std::size_t j = 0; j <= right.size(); ++j) {
      if (i == 0 || j == 0) {
        at(i, j) = i + j;
        continue;
      }
      const std::size_t change = left[i - 1] == right[j - 1] ? 0 : 1;
      at(i, j) = std::min({at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + change});
      if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1]) {
        at(i, j) = std::min(at(i, j), at(i - 2, j - 2) + 1);
      }
    }
  }
  return at(left.size(), right.size());
}

}  // namespace

std::optional<std::string_view> nearest(std::string_view found,
                                        const std::vector<std::string_view>& candidates) {
  if (found.empty() || found.size() > compared_length_max) {
    return std::nullopt;
  }
  std::size_t least = std::numeric_limits<std::size_t>::max();
  std::optional<std::string_view> best;
  for (const std::string_view candidate : candidates) {
    // "data_dir" for "data_directory": a beginning is near however much is missing.
    const bool begins = found.size() >= 4 && candidate.starts_with(found);
    const std::size_t edits = begins ? 1 : distance(found, candidate);
    const std::size_t allowed =
        std::max<std::size_t>(1, std::max(found.size(), candidate.size()) / 3);
    if (edits <= allowed && edits < least) {
      least = edits;
      best = candidate;
    }
  }
  return best;
}

}  // namespace tidemill
