#include "log/checkpoint_file.hpp"

#include <charconv>
#include <cstdint>
#include <optional>

#include "log/errc.hpp"

namespace tidemill::log {
namespace {

constexpr std::uint64_t checkpoint_size_bytes_max = std::uint64_t{64} << 20;
constexpr std::size_t topic_name_length_max = 249;

/// Cuts the first line off, without its line feed; nullopt when there is none.
std::optional<std::string_view> take_line(std::string_view& text) noexcept {
  const auto end = text.find('\n');
  if (end == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

std::optional<std::int64_t> to_number(std::string_view text) noexcept {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end || number < 0) {
    return std::nullopt;
  }
  return number;
}

/// "<topic> <partition> <offset>"
bool parse_entry(std::string_view line, offset_checkpoint& into) {
  const auto first = line.find(' ');
  const auto second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  if (second == std::string_view::npos || first == 0 || first > topic_name_length_max) {
    return false;
  }
  const auto partition = to_number(line.substr(first + 1, second - first - 1));
  const auto at = to_number(line.substr(second + 1));
  if (!partition || !at) {
    return false;
  }
  std::string name(line.substr(0, first));
  name.append("-").append(line.substr(first + 1, second - first - 1));
  return into.emplace(std::move(name), offset{*at}).second;
}

}  // namespace

std::string format_checkpoint(const offset_checkpoint& entries) {
  std::string text = "0\n" + std::to_string(entries.size()) + '\n';
  for (const auto& [name, at] : entries) {
    const auto dash = name.rfind('-');
    text.append(name, 0, dash).push_back(' ');
    text.append(name, dash + 1).push_back(' ');
    text.append(std::to_string(at.value())).push_back('\n');
  }
  return text;
}

result<offset_checkpoint> parse_checkpoint(std::string_view text) {
  const auto version = take_line(text);
  const auto count_line = take_line(text);
  const auto count = count_line ? to_number(*count_line) : std::nullopt;
  if (!version || *version != "0" || !count) {
    return errc::checkpoint_malformed;
  }
  offset_checkpoint entries;
  while (const auto line = take_line(text)) {
    if (!parse_entry(*line, entries)) {
      return errc::checkpoint_malformed;
    }
  }
  if (!text.empty() || entries.size() != static_cast<std::uint64_t>(*count)) {
    return errc::checkpoint_malformed;
  }
  return entries;
}

result<offset_checkpoint> read_checkpoint(io::disk& disk, const std::string& path) {
  auto content = io::read_whole_file(disk, path, checkpoint_size_bytes_max);
  if (!content) {
    if (io::is_missing(content.error())) {
      return offset_checkpoint();
    }
    return content.error();
  }
  return parse_checkpoint(as_text(*content));
}

result<void> write_checkpoint(io::disk& disk, const std::string& path,
                              const offset_checkpoint& entries) {
  return io::replace_file(disk, path, as_bytes(format_checkpoint(entries)));
}

}  // namespace tidemill::log
