#include "log/file_names.hpp"

#include <charconv>
#include <cstdint>

namespace tidemill::log {
namespace {
constexpr std::size_t digit_count = 20;
}  // namespace

std::string segment_file_path(std::string_view directory, offset base, std::string_view suffix) {
  const std::string number = std::to_string(base.value());
  std::string path;
  path.reserve(directory.size() + 1 + digit_count + suffix.size());
  path.append(directory).push_back('/');
  path.append(digit_count - number.size(), '0').append(number).append(suffix);
  return path;
}

bool is_leftover(std::string_view name) noexcept {
  return name.ends_with(deleted_suffix) || name.ends_with(".tmp") ||
         name.ends_with(cleaned_suffix) || name.ends_with(swap_suffix);
}

std::optional<offset> parse_segment_file_name(std::string_view name,
                                              std::string_view suffix) noexcept {
  if (name.size() != digit_count + suffix.size() || !name.ends_with(suffix)) {
    return std::nullopt;
  }
  std::int64_t base = 0;
  const char* const end = name.data() + digit_count;
  const auto [stop, error] = std::from_chars(name.data(), end, base);
  if (error != std::errc() || stop != end || base < 0 || offset{base} >= offset_limit) {
    return std::nullopt;
  }
  return offset{base};
}

}  // namespace tidemill::log
