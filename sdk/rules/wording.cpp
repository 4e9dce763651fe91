#include "wording.hpp"

#include <algorithm>

namespace tidemill::rules {
namespace {

bool is_continuation(char byte) noexcept {
  return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80U;
}

/// Bytes of the UTF-8 letter at the front; 0 when it is none, or a control character.
std::size_t letter_size(std::string_view text) noexcept {
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80U) {
    return first >= 0x20U && first != 0x7fU ? 1 : 0;
  }
  const std::size_t size = first >= 0xf0U && first < 0xf5U   ? 4
                           : first >= 0xe0U && first < 0xf0U ? 3
                           : first >= 0xc2U && first < 0xe0U ? 2
                                                             : 0;
  const bool is_whole = size != 0 && text.size() >= size &&
                        std::ranges::all_of(text.substr(1, size - 1), is_continuation);
  // U+0080 to U+009F are control characters, too.
  const bool is_control = first == 0xc2U && static_cast<unsigned char>(text[1]) < 0xa0U;
  return is_whole && !is_control ? size : 0;
}

/// Letters changed, missing, added or swapped with their neighbour.
std::size_t distance(std::string_view a, std::string_view b) {
  const std::size_t width = b.size() + 1;
  std::vector<std::size_t> cells((a.size() + 1) * width);
  const auto at = [&](std::size_t i, std::size_t j) -> std::size_t& {
    return cells[i * width + j];
  };
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        at(i, j) = i + j;
        continue;
      }
      at(i, j) = std::min(
          {at(i - 1, j - 1) + (a[i - 1] == b[j - 1] ? 0 : 1), at(i - 1, j) + 1, at(i, j - 1) + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        at(i, j) = std::min(at(i, j), at(i - 2, j - 2) + 1);
      }
    }
  }
  return cells.back();
}

}  // namespace

std::string printable(std::string_view text, std::size_t length_max) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string shown;
  while (!text.empty()) {
    if (shown.size() >= length_max) {
      return shown + "...";
    }
    if (const std::size_t size = letter_size(text); size > 0) {
      shown += text.substr(0, size);
      text.remove_prefix(size);
      continue;
    }
    const auto byte = static_cast<unsigned char>(text.front());
    shown += "\\x";
    shown += digits[byte >> 4U];
    shown += digits[byte & 0xfU];
    text.remove_prefix(1);
  }
  return shown;
}

std::optional<std::string_view> nearest_name(std::string_view found,
                                             const std::vector<std::string_view>& candidates) {
  constexpr std::size_t length_max = 64;
  std::optional<std::string_view> best;
  std::size_t best_distance = std::min<std::size_t>(2, found.size() / 2) + 1;
  for (const std::string_view one : candidates) {
    if (found.empty() || found.size() > length_max || one.size() > length_max) {
      continue;
    }
    if (const std::size_t apart = distance(found, one); apart < best_distance) {
      best = one;
      best_distance = apart;
    }
  }
  return best;
}

}  // namespace tidemill::rules
