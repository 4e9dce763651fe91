#include "server/config/value.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include "base/escape.hpp"

namespace tidemill::server::config {
namespace {

constexpr std::size_t shown_length_max = 80;

struct describer {
  std::string operator()(const untyped& value) const {
    return "\"" + escape(value.text, shown_length_max) + "\"";
  }
  std::string operator()(const std::string& value) const {
    return "\"" + escape(value, shown_length_max) + "\" (text)";
  }
  std::string operator()(std::int64_t value) const {
    return std::to_string(value) + " (a whole number)";
  }
  std::string operator()(double value) const { return fraction_text(value) + " (a fraction)"; }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(const text_list&) const { return "an array of texts"; }
  std::string operator()(const number_list&) const { return "an array of whole numbers"; }
  std::string operator()(const other& value) const { return value.description; }
};

}  // namespace

std::string fraction_text(double value) {
  if (std::isnan(value)) {
    return "NaN";
  }
  if (std::isinf(value)) {
    return value < 0 ? "-Infinity" : "Infinity";
  }
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  std::string text(digits.data(), end);
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

std::string to_string(const origin& from) {
  switch (from.from) {
    case source::built_in:
      return "default";
    case source::file:
      return escape(from.name) + (from.line == 0 ? "" : ":" + std::to_string(from.line));
    case source::environment:
      return escape(from.name);
    case source::command_line:
      return "--set " + escape(from.name);
  }
  return "default";
}

std::string describe(const written_value& value) {
  return std::visit(describer{}, value);
}

std::string to_string(const key_path& path) {
  std::string text = path.section;
  if (path.index) {
    text += "." + std::to_string(*path.index);
  }
  return text + "." + path.key;
}

std::string to_string(const problem& wrong) {
  std::string text = to_string(wrong.where) + ": ";
  if (!wrong.key.empty()) {
    text += escape(wrong.key, shown_length_max) + ": ";
  }
  return text + wrong.sentence;
}

}  // namespace tidemill::server::config
