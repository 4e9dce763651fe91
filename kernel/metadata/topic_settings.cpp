#include "metadata/topic_settings.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/assert.hpp"
#include "base/suggestion.hpp"

namespace tidemill::metadata {
namespace {

constexpr auto int64_max = std::numeric_limits<std::int64_t>::max();

std::string_view trimmed(std::string_view value) noexcept {
  constexpr std::string_view blanks = " \t\r\n";
  const auto first = std::min(value.find_first_not_of(blanks), value.size());
  return value.substr(first, value.find_last_not_of(blanks) - first + 1);
}

template <class Number>
std::optional<Number> parse_number(std::string_view value) noexcept {
  value = trimmed(value);
  if (value.size() > 1 && value.front() == '+' && value[1] != '-') {
    value.remove_prefix(1);
  }
  Number number{};
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc{} || end != value.data() + value.size()) {
    return std::nullopt;
  }
  return number;
}

/// As Java reads a double: "NaN" and "Infinity" spelt just so, hexadecimal with a binary exponent,
/// a type letter behind it.
std::optional<double> parse_float(std::string_view value) noexcept {
  constexpr std::string_view exponents = "pP";
  value = trimmed(value);
  const bool is_negative = value.starts_with('-');
  if (is_negative || value.starts_with('+')) {
    value.remove_prefix(1);
  }
  if (value == "NaN") {
    return std::numeric_limits<double>::quiet_NaN();
  }
  const bool is_hexadecimal = value.starts_with("0x") || value.starts_with("0X");
  if (value.size() > 1 && std::string_view("fFdD").find(value.back()) != std::string_view::npos) {
    value.remove_suffix(1);
  }
  if (is_hexadecimal) {
    if (value.find_first_of(exponents) == std::string_view::npos) {
      return std::nullopt;
    }
    value.remove_prefix(2);
  }
  // What is left starts as a number does: from_chars knows names for what is none.
  if (value.empty() ||
      !(value.front() == '.' || is_hexadecimal || (value.front() >= '0' && value.front() <= '9'))) {
    return std::nullopt;
  }
  double number = 0;
  const auto format = is_hexadecimal ? std::chars_format::hex : std::chars_format::general;
  const auto [end, error] =
      std::from_chars(value.data(), value.data() + value.size(), number, format);
  if (error != std::errc{} || end != value.data() + value.size()) {
    return std::nullopt;
  }
  return is_negative ? -number : number;
}

/// As Java writes a double between 0 and 1.
std::string float_text(double number) {
  constexpr double plain_min = 1e-3;
  if (std::isnan(number)) {
    return "NaN";
  }
  std::array<char, 64> digits{};
  const bool is_plain = number >= plain_min || number == 0;
  const auto format = is_plain ? std::chars_format::fixed : std::chars_format::scientific;
  const auto [end, error] =
      std::to_chars(digits.data(), digits.data() + digits.size(), number, format);
  TIDEMILL_ASSERT(error == std::errc{});
  std::string text(digits.data(), end);
  if (is_plain) {
    return text.find('.') == std::string::npos ? text + ".0" : text;
  }
  const auto exponent = text.find("e-");
  std::string mantissa = text.substr(0, exponent);
  mantissa += mantissa.find('.') == std::string::npos ? ".0" : "";
  const auto power = text.find_first_not_of('0', exponent + 2);
  return mantissa + "E-" + text.substr(power);
}

std::optional<bool> parse_boolean(std::string_view value) {
  std::string lower(trimmed(value));
  std::ranges::transform(lower, lower.begin(), [](char character) {
    return character >= 'A' && character <= 'Z' ? static_cast<char>(character + 32) : character;
  });
  if (lower == "true" || lower == "false") {
    return lower == "true";
  }
  return std::nullopt;
}

std::vector<std::string_view> elements(std::string_view value) {
  std::vector<std::string_view> parts;
  value = trimmed(value);
  auto comma = value.empty() ? std::string_view::npos : value.find(',');
  while (comma != std::string_view::npos) {
    parts.push_back(trimmed(value.substr(0, comma)));
    value.remove_prefix(comma + 1);
    comma = value.find(',');
  }
  if (!value.empty() || !parts.empty()) {
    parts.push_back(trimmed(value));
  }
  return parts;
}

std::string joined(std::span<const std::string_view> parts, std::string_view between = ", ") {
  std::string text;
  for (const auto part : parts) {
    text.append(text.empty() ? "" : between).append(part);
  }
  return text;
}

/// What somebody sent, short and printable.
std::string shown(std::string_view value) {
  constexpr std::size_t size_max = 100;
  std::string text = "\"";
  for (const char character : value.substr(0, size_max)) {
    text += character >= ' ' && character < 0x7f ? character : '?';
  }
  return text + (value.size() > size_max ? "...\"" : "\"");
}

bool is_valid_throttle(std::string_view value) {
  const auto parts = elements(value);
  if (parts.size() == 1 && parts.front() == "*") {
    return true;
  }
  return std::ranges::all_of(parts, [](std::string_view part) {
    const auto colon = part.find(':');
    return colon != std::string_view::npos && parse_number<std::uint32_t>(part.substr(0, colon)) &&
           parse_number<std::uint32_t>(part.substr(colon + 1));
  });
}

bool is_valid_number(const setting_definition& definition, std::string_view value) {
  const auto number = parse_number<std::int64_t>(value);
  const bool is_in_gap = definition.name == "compression.gzip.level" && number == 0;
  return number && *number >= definition.value_min && *number <= definition.value_max && !is_in_gap;
}

/// As extensions are named in the broker's configuration, or empty.
/// "murmur2", or "lua:orders.lua".
bool is_extension_name(std::string_view value) {
  constexpr std::size_t size_max = 64;
  constexpr std::size_t file_size_max = 100;
  constexpr std::string_view rule_prefix = "lua:";
  constexpr std::string_view allowed =
      ".abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
  const bool is_rule = value.starts_with(rule_prefix);
  const std::string_view name = is_rule ? value.substr(rule_prefix.size()) : value;
  return name.size() <= (is_rule ? file_size_max : size_max) &&
         name.find_first_not_of(allowed.substr(is_rule ? 0 : 1)) == std::string_view::npos;
}

bool is_valid(const setting_definition& definition, std::string_view value) {
  const auto is_choice = [&](std::string_view part) {
    return std::ranges::find(definition.choices, part) != definition.choices.end();
  };
  switch (definition.type) {
    case setting_type::boolean:
      return parse_boolean(value).has_value();
    case setting_type::text:
      return definition.names_extension ? is_extension_name(trimmed(value))
                                        : is_choice(trimmed(value));
    case setting_type::int32:
    case setting_type::int64:
      return is_valid_number(definition, value);
    case setting_type::float64: {
      const auto number = parse_float(value);
      // Not a number is neither below nor above.
      return number && !(*number < static_cast<double>(definition.value_min)) &&
             !(*number > static_cast<double>(definition.value_max));
    }
    case setting_type::list:
      return definition.choices.empty() ? is_valid_throttle(value)
                                        : std::ranges::all_of(elements(value), is_choice);
  }
  return false;
}

/// Of a valid value.
bool can_be_honoured(const setting_definition& definition, std::string_view value) {
  if (definition.honoured.empty()) {
    return true;
  }
  const auto among = [&](std::string_view part) {
    return std::ranges::find(definition.honoured, part) != definition.honoured.end();
  };
  switch (definition.type) {
    case setting_type::boolean:
      return among(parse_boolean(value).value_or(false) ? "true" : "false");
    case setting_type::int32:
    case setting_type::int64:
      return among(std::to_string(parse_number<std::int64_t>(value).value_or(0)));
    case setting_type::list:
      return std::ranges::all_of(elements(value), among);
    case setting_type::text:
    case setting_type::float64:
      break;
  }
  return among(trimmed(value));
}

constexpr std::array<std::string_view, 2> broker_only_names{partition_count_setting,
                                                            replication_factor_setting};

std::string unknown_name(std::string_view name, std::span<const std::string_view> more_names) {
  std::vector<std::string_view> candidates(more_names.begin(), more_names.end());
  for (const auto& definition : topic_setting_definitions()) {
    candidates.push_back(definition.name);
  }
  const auto near = nearest(name, candidates);
  auto text = shown(name) + ": no such topic setting";
  return near ? text + ", did you mean " + std::string(*near) + "?" : text;
}

std::string problem_text(const setting_definition& definition, std::string_view value) {
  return std::string(definition.name) + ": found " + shown(value) + ", expected " +
         valid_values(definition);
}

std::string not_honoured_text(const setting_definition& definition, std::string_view value) {
  const bool only_empty = definition.honoured.size() == 1 && definition.honoured.front().empty();
  return std::string(definition.name) + ": " + shown(value) +
         " is not supported by this broker, only " +
         (only_empty ? "an empty value" : joined(definition.honoured)) + " can be set";
}

const setting_definition* find_by_any_name(std::string_view name) noexcept {
  if (const auto* definition = find_topic_setting(name)) {
    return definition;
  }
  const auto definitions = topic_setting_definitions();
  const auto found = std::ranges::find(definitions, name, &setting_definition::broker_name);
  return found != definitions.end() && !name.empty() ? &*found : nullptr;
}

std::optional<std::string> value_problem(const setting_definition& definition,
                                         std::string_view value) {
  if (!is_valid(definition, value)) {
    return problem_text(definition, value);
  }
  if (!can_be_honoured(definition, value)) {
    return not_honoured_text(definition, value);
  }
  return std::nullopt;
}

}  // namespace

const setting_definition* find_topic_setting(std::string_view name) noexcept {
  const auto definitions = topic_setting_definitions();
  const auto found = std::ranges::lower_bound(definitions, name, {}, &setting_definition::name);
  return found != definitions.end() && found->name == name ? &*found : nullptr;
}

std::string valid_values(const setting_definition& definition) {
  const auto low = std::to_string(definition.value_min);
  const auto high = std::to_string(definition.value_max);
  std::string text;
  switch (definition.type) {
    case setting_type::boolean:
      return "true or false";
    case setting_type::text:
      return definition.names_extension
                 ? "the name of an extension (letters, digits, '-' and '_', at most 64), "
                   "lua:FILE, or nothing"
                 : "one of " + joined(definition.choices);
    case setting_type::list:
      return definition.choices.empty() ? "a list of partition:broker, or *"
                                        : "a list of " + joined(definition.choices);
    case setting_type::float64:
      return "a number from " + low + " to " + high;
    case setting_type::int32:
      text = "an integer from " + low + " to " + high;
      break;
    case setting_type::int64:
      text = definition.value_min == std::numeric_limits<std::int64_t>::min()
                 ? "an integer"
                 : "an integer >= " + low;
      break;
  }
  if (definition.name == "compression.gzip.level") {
    text = "-1 or an integer from 1 to " + high;
  }
  return definition.unit.empty() ? text : text + " (" + std::string(definition.unit) + ")";
}

std::string canonical_value(const setting_definition& definition, std::string_view value) {
  switch (definition.type) {
    case setting_type::boolean:
      return parse_boolean(value).value_or(false) ? "true" : "false";
    case setting_type::int32:
    case setting_type::int64:
      return std::to_string(parse_number<std::int64_t>(value).value_or(0));
    case setting_type::float64:
      return float_text(parse_float(value).value_or(0));
    case setting_type::list:
      return joined(elements(value), ",");
    case setting_type::text:
      break;
  }
  return std::string(trimmed(value));
}

std::optional<std::string_view> canonical_default_name(std::string_view name) noexcept {
  if (const auto* definition = find_by_any_name(name)) {
    return definition->name;
  }
  const auto found = std::ranges::find(broker_only_names, name);
  return found != broker_only_names.end() ? std::optional(*found) : std::nullopt;
}

std::optional<std::string> topic_setting_problem(std::string_view name, std::string_view value) {
  const auto* definition = find_topic_setting(name);
  return definition != nullptr ? value_problem(*definition, value)
                               : std::optional(unknown_name(name, {}));
}

std::optional<std::string> extension_problem(std::string_view name, std::string_view value,
                                             const extension_catalog* catalog) {
  const auto* definition = find_topic_setting(name);
  const std::string_view extension = trimmed(value);
  if (definition == nullptr || !definition->names_extension || extension.empty()) {
    return std::nullopt;
  }
  auto problem = catalog == nullptr ? std::optional<std::string>("this broker has no extensions")
                                    : catalog->problem_with(name, extension);
  if (problem) {
    *problem = std::string(name) + ": " + *problem;
  }
  return problem;
}

std::optional<std::string> topic_default_problem(std::string_view name, std::string_view value) {
  if (const auto* definition = find_by_any_name(name)) {
    return value_problem(*definition, value);
  }
  const auto number = parse_number<std::int32_t>(value);
  const auto high = name == partition_count_setting ? std::numeric_limits<std::int32_t>::max()
                                                    : std::numeric_limits<std::int16_t>::max();
  if (std::ranges::find(broker_only_names, name) == broker_only_names.end()) {
    return unknown_name(name, broker_only_names);
  }
  if (!number || *number < 1 || *number > high) {
    return std::string(name) + ": found " + shown(value) + ", expected an integer from 1 to " +
           std::to_string(high);
  }
  return std::nullopt;
}

namespace {

/// Reads typed values, the topic's own before the broker's before the built-in one.
class setting_reader {
 public:
  setting_reader(const setting_list& overrides, const setting_list& defaults) noexcept
      : overrides_(overrides), defaults_(defaults) {}

  [[nodiscard]] effective_setting effective(const setting_definition& definition) const {
    const auto* own = find_setting(overrides_, definition.name);
    if (own != nullptr && is_valid(definition, *own)) {
      return {&definition, *own, setting_source::topic};
    }
    const auto* given = find_setting(defaults_, definition.name);
    if (given != nullptr && is_valid(definition, *given)) {
      return {&definition, *given, setting_source::broker_default};
    }
    return {&definition, definition.default_value, setting_source::built_in};
  }
  [[nodiscard]] std::string_view text(std::string_view name) const {
    const auto* definition = find_topic_setting(name);
    TIDEMILL_ASSERT(definition != nullptr);
    return effective(*definition).value;
  }
  [[nodiscard]] std::int64_t number(std::string_view name) const {
    const auto value = parse_number<std::int64_t>(text(name));
    TIDEMILL_ASSERT(value.has_value());
    return *value;
  }
  [[nodiscard]] bool flag(std::string_view name) const {
    return parse_boolean(text(name)).value_or(false);
  }
  /// nullopt where the setting says that there is no limit.
  [[nodiscard]] std::optional<std::int64_t> limit(std::string_view name) const {
    const auto value = number(name);
    return value < 0 || value == int64_max ? std::nullopt : std::optional(value);
  }

 private:
  const setting_list& overrides_;
  const setting_list& defaults_;
};

/// nullopt for "producer".
std::optional<record::wanted_compression> wanted_compression(const setting_reader& settings) {
  using record::compression_type;
  const auto type = trimmed(settings.text("compression.type"));
  const auto at_level = [&](compression_type codec, std::string_view name) {
    const auto level = static_cast<std::int32_t>(settings.number(name));
    const bool is_own = codec == compression_type::gzip && level == -1;
    return record::wanted_compression{codec, is_own ? std::nullopt : std::optional(level)};
  };
  if (type == "gzip") {
    return at_level(compression_type::gzip, "compression.gzip.level");
  }
  if (type == "lz4") {
    return at_level(compression_type::lz4, "compression.lz4.level");
  }
  if (type == "zstd") {
    return at_level(compression_type::zstd, "compression.zstd.level");
  }
  if (type == "snappy") {
    return record::wanted_compression{compression_type::snappy, std::nullopt};
  }
  return type == "uncompressed" ? std::optional(record::wanted_compression{}) : std::nullopt;
}

}  // namespace

std::optional<std::string> contradiction(const setting_list& overrides,
                                         const setting_list& defaults) {
  const setting_reader settings(overrides, defaults);
  const auto least = settings.number("min.compaction.lag.ms");
  const auto most = settings.number("max.compaction.lag.ms");
  if (least > most) {
    return "min.compaction.lag.ms (" + std::to_string(least) +
           ") is greater than max.compaction.lag.ms (" + std::to_string(most) + ")";
  }
  const auto mode = trimmed(settings.text("tidemill.partitioner.mode"));
  if (mode != "client" && trimmed(settings.text("tidemill.partitioner")).empty()) {
    return "tidemill.partitioner.mode is " + std::string(mode) +
           ", but tidemill.partitioner names nobody to verify with";
  }
  return std::nullopt;
}

topic_settings resolve(const setting_list& overrides, const setting_list& defaults) {
  const setting_reader settings(overrides, defaults);
  topic_settings resolved;
  resolved.segment_bytes = settings.number("segment.bytes");
  resolved.segment_ms = settings.number("segment.ms");
  resolved.segment_jitter_ms = settings.number("segment.jitter.ms");
  resolved.segment_index_bytes = settings.number("segment.index.bytes");
  resolved.index_interval_bytes = settings.number("index.interval.bytes");
  const auto policies = settings.text("cleanup.policy");
  resolved.deletes = policies.find("delete") != std::string_view::npos;
  resolved.compacts = policies.find("compact") != std::string_view::npos;
  resolved.dirty_ratio_min = parse_float(settings.text("min.cleanable.dirty.ratio")).value_or(0);
  resolved.compaction_lag_min_ms = settings.number("min.compaction.lag.ms");
  resolved.compaction_lag_max_ms = settings.limit("max.compaction.lag.ms");
  resolved.retention_bytes = resolved.deletes ? settings.limit("retention.bytes") : std::nullopt;
  resolved.retention_ms = resolved.deletes ? settings.limit("retention.ms") : std::nullopt;
  resolved.flush_messages = settings.limit("flush.messages");
  resolved.flush_ms = settings.limit("flush.ms");
  resolved.max_message_bytes = settings.number("max.message.bytes");
  resolved.timestamp_type = trimmed(settings.text("message.timestamp.type")) == "LogAppendTime"
                                ? message_timestamp_type::log_append_time
                                : message_timestamp_type::create_time;
  resolved.timestamp_before_max_ms = settings.limit("message.timestamp.before.max.ms");
  resolved.timestamp_after_max_ms = settings.limit("message.timestamp.after.max.ms");
  resolved.min_in_sync_replicas = static_cast<std::int32_t>(settings.number("min.insync.replicas"));
  resolved.unclean_leader_election = settings.flag("unclean.leader.election.enable");
  resolved.validation = trimmed(settings.text("tidemill.validation.depth")) == "header"
                            ? validation_depth::header
                            : validation_depth::full;
  resolved.compression = wanted_compression(settings);
  resolved.delete_retention_ms = settings.number("delete.retention.ms");
  resolved.partitioner = trimmed(settings.text("tidemill.partitioner"));
  const auto mode = trimmed(settings.text("tidemill.partitioner.mode"));
  resolved.partitioning = mode == "verify-warn"     ? partitioner_mode::verify_warn
                          : mode == "verify-reject" ? partitioner_mode::verify_reject
                                                    : partitioner_mode::client;
  resolved.retention_extension = trimmed(settings.text("tidemill.retention"));
  resolved.validate_extension = trimmed(settings.text("tidemill.validate"));
  return resolved;
}

std::vector<effective_setting> effective_settings(const setting_list& overrides,
                                                  const setting_list& defaults) {
  const setting_reader settings(overrides, defaults);
  std::vector<effective_setting> all;
  all.reserve(topic_setting_definitions().size());
  for (const auto& definition : topic_setting_definitions()) {
    all.push_back(settings.effective(definition));
  }
  return all;
}

}  // namespace tidemill::metadata
