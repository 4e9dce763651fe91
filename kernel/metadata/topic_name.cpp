#include "metadata/topic_name.hpp"

#include <algorithm>
#include <array>

namespace tidemill::metadata {
namespace {

bool is_allowed(char character) noexcept {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
         (character >= '0' && character <= '9') || character == '.' || character == '_' ||
         character == '-';
}

/// What a client sent goes into messages and logs: short, and without control characters.
std::string quoted(std::string_view name) {
  constexpr std::size_t shown_size_max = 64;
  std::string text = "'";
  for (const char character : name.substr(0, shown_size_max)) {
    text += character >= ' ' && character < 0x7f ? character : '?';
  }
  text += name.size() > shown_size_max ? "...'" : "'";
  return text;
}

}  // namespace

bool is_valid_topic_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= topic_name_size_max && name != "." && name != ".." &&
         std::ranges::all_of(name, is_allowed);
}

std::optional<std::string> topic_name_problem(std::string_view name) {
  if (is_valid_topic_name(name)) {
    return std::nullopt;
  }
  if (name.empty()) {
    return "Topic name is invalid: it is empty";
  }
  if (name == "." || name == "..") {
    return "Topic name is invalid: " + quoted(name) + " is not allowed";
  }
  if (name.size() > topic_name_size_max) {
    return "Topic name is invalid: " + quoted(name) + " has " + std::to_string(name.size()) +
           " characters, at most " + std::to_string(topic_name_size_max) + " are allowed";
  }
  return "Topic name is invalid: " + quoted(name) +
         " contains characters other than ASCII letters, digits, '.', '_' and '-'";
}

bool may_collide(std::string_view name) noexcept {
  return name.find_first_of("._") != std::string_view::npos;
}

bool is_internal_topic_name(std::string_view name) noexcept {
  static constexpr std::array<std::string_view, 3> internal{
      "__consumer_offsets", "__transaction_state", "__share_group_state"};
  return std::ranges::find(internal, name) != internal.end();
}

bool is_reserved_topic_name(std::string_view name) noexcept {
  return name == "__cluster_metadata";
}

}  // namespace tidemill::metadata
